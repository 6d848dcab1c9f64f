"""Code that breaks every rule of rules.yml on purpose; a line that must be found ends with the rule's name after `#!`."""

PLANTED = {
    "app/web/page.py": '''
import json
import pickle
import random
import ssl
from datetime import date
from flask import Markup as Raw, current_app, render_template, render_template_string, request
from markupsafe import Markup, escape
from app import database
from app.services.platform import accounts

def show(subject):
    greeting = Markup("<b>" + subject + "</b>")  #! text-trusted-as-markup
    other = Raw(subject)  #! text-trusted-as-markup
    current_app.jinja_env.autoescape = False  #! escaping-switched-off-in-code
    said = escape(subject)
    return render_template_string(subject)  #! escaping-switched-off-in-code

def write(mail, parser, gateway, hasher):
    with database.write(engine) as db:
        page = render_template("page.html", mail=mail)  #! work-inside-a-write
        read = parser.parse(mail)  #! work-inside-a-write
        if mail:
            gateway.send(read)  #! work-inside-a-write
        for each in mail:
            hasher.hash(each)  #! work-inside-a-write
    with database.read(engine) as db:
        rows = parser.parse(mail)
    return render_template("page.html", mail=mail)

def take_in():
    number = int(request.args.get("id"))  #! request-past-the-bounds
    other = int(request.form["id"])  #! request-past-the-bounds
    body = request.get_json()  #! request-past-the-bounds
    same = request.json  #! request-past-the-bounds
    raw = request.get_data()  #! request-past-the-bounds
    both = request.values  #! request-past-the-bounds
    share = request.args.get("share", 0, type=float)  #! request-past-the-bounds
    day = date.fromisoformat(request.args.get("day"))  #! request-past-the-bounds
    plan = json.loads(request.form.get("plan"))  #! request-past-the-bounds
    who = request.headers.get("X-Remote-User")  #! identity-from-a-header
    hop = request.headers["X-Forwarded-For"]  #! identity-from-a-header
    first = request.access_route[0]  #! identity-from-a-header
    near = request.remote_addr  #! identity-from-a-header
    fine = request.args.get("id", type=int), request.headers.get("HX-Request")
    token = random.choice("abc")  #! weak-chance
''',
    "app/services/outside.py": '''
import hashlib
import os
import socket
import subprocess
import requests  #! outbound-outside-connectors
import urllib.request  #! outbound-outside-connectors
from http.client import HTTPSConnection  #! outbound-outside-connectors
import smtplib  #! outbound-outside-connectors
import urllib.parse
import yaml
from sqlalchemy import literal_column, text

def reach(host, name, session, connection):
    socket.create_connection((host, 25))  #! outbound-outside-connectors
    subprocess.run(f"ping {host}", shell=True)  #! shell
    subprocess.Popen(["ping", host], shell=True)  #! shell
    subprocess.run(["ping", host])
    os.system("ping " + host)  #! shell
    os.popen(host)  #! shell
    subprocess.getoutput(host)  #! shell
    session.execute(text(f"SELECT * FROM mail WHERE name = '{name}'"))  #! sql-from-text
    session.execute(text("SELECT * FROM mail WHERE name = '%s'" % name))  #! sql-from-text
    session.execute(text("SELECT * FROM mail WHERE name = '{}'".format(name)))  #! sql-from-text
    session.execute(text("SELECT * FROM mail WHERE name = " + name))  #! sql-from-text
    connection.exec_driver_sql(f"DELETE FROM mail WHERE id = {name}")  #! sql-from-text
    connection.execute(f"DELETE FROM {name}")  #! sql-from-text
    literal_column(f"+{name}")  #! sql-from-text
    session.execute(text("SELECT * FROM mail WHERE name = :name"), {"name": name})
    hashlib.md5(b"")  #! weak-chance
    hashlib.sha256(b"")
    return yaml.load(name)  #! code-from-text
''',
    "connectors/records/remote.py": '''
import ssl
import httpx

def send(session, url):
    httpx.post(url, verify=False)  #! certificate-not-checked
    session.verify = False  #! certificate-not-checked
    context = ssl._create_unverified_context()  #! certificate-not-checked
    context.check_hostname = False  #! certificate-not-checked
    context.verify_mode = ssl.CERT_NONE  #! certificate-not-checked
    return httpx.post(url)
''',
    "learning/store.py": '''
import marshal
import pickle
import cloudpickle
import joblib
import numpy as np
from pickle import loads
import shelve

def load(content, name):
    pickle.loads(content)  #! objects-from-bytes
    loads(content)  #! objects-from-bytes
    pickle.Unpickler(content)  #! objects-from-bytes
    cloudpickle.loads(content)  #! objects-from-bytes
    joblib.load(name)  #! objects-from-bytes
    marshal.loads(content)  #! objects-from-bytes
    shelve.open(name)  #! objects-from-bytes
    np.load(name, allow_pickle=True)  #! objects-from-bytes
    eval(name)  #! code-from-text
    return np.load(name, allow_pickle=False)
''',
    "templates/page.html": """
<p>{{ mail.subject }}</p>
<p>{{ mail.subject|safe }}</p>  #! escaping-switched-off
<p>{{ mail.subject | safe }}</p>  #! escaping-switched-off
{% autoescape false %}  #! escaping-switched-off
<p>It is safe to go on.</p>
""",
    "migrations/versions/0001_create.py": '''
def upgrade(op, table):
    op.get_bind().exec_driver_sql(f"DROP TRIGGER {table}_no_update")
''',
    "app/web/platform/filters.py": '''
from markupsafe import Markup

def sanitised(html):
    return Markup(html)
''',
}  # fmt: skip
