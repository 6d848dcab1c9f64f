"""Name the words that tell nothing of a mail, because every mail has them.

Who shows reasons, who compares mails and who searches leave out different ones: changing what is compared would ask for
another index of waves, and what is searched is the database's own list.
"""

_IN_ALL_DANISH = """
aldrig alle alt anden andet andre bare begge blive bliver de dem den denne der deres det dette dig din disse dit dog
efter eller end endnu er et flere for fordi fra få får gerne gør gøre ham han hans har havde have hej hen hende hendes
her hilsen hos hun hvad hvem hver hvilken hvis hvor hvordan hvorfor hvornår igen ikke ind ingen jeg jer jeres kan kom
komme kommer kunne kære lige man mange med meget mellem men mens mere mig min mine mit mod måske ned nej nogen noget
nogle nok nu når også om op os over på selv sig sin sit skal skulle som stadig så sådan tak til ud uden under var ved
venlig vi vil ville vore vores være været
"""
_IN_DANISH = """
ad af altid at blandt blev bør da dine du ej en forhånd før gennem gik godt heller hvilke hvilket i intet ja jo kun
lille mener må næsten og se sige siger sine stor store thi undskyld vor
"""
_IN_ALL_ENGLISH = """
about also been could dear from hello into our please regards thank thanks that them there they this were what when
which with would your
"""
_IN_ENGLISH = """
a after again all am an and any are as at be because before being both but by can did do does doing don down during
each few for further get got had has have having he her here hers hi him his how i if in is it its itself just me more
most my no nor not now of off on once one only or other ours out over own re s same she should so some such t than the
their theirs then these those through to too under until up us very was we where while who whom why will you yours
"""
_IN_MAILS = """
aften allerede altså blevet burde både ca dag dage derfor dermed ellers fandt foran gang ganske gået går hel helt
henvendelse hilsner håber idag kommet kommune kommunen lagt lidt ligger lå morgen mvh nat nede nær ofte omkring oppe
problem problemet samme sammen samt sende sendt ser ses side siden skete skrive skriver stået står tage tager taget
tid tilbage tror uge ugen vejen vel venlige venligst vh virkelig
"""
_NOT_SEARCHED = """
ad af alle alt anden at blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter eller en
end er et for fra ham han hans har havde have hende hendes her hos hun hvad hvis hvor i ikke ind jeg jer jo kunne man
mange med meget men mig min mine mit mod ned noget nogle nu når og også om op os over på selv sig sin sine sit skal
skulle som sådan thi til ud under var vi vil ville vor være været
"""
_common = frozenset((_IN_ALL_DANISH + _IN_ALL_ENGLISH).split())
NO_REASON = _common.union(_IN_DANISH.split(), _IN_ENGLISH.split())
"""Words that mean nothing to a person as a reason for a unit."""
IN_EVERY_MAIL = _common.union(_IN_MAILS.split())
"""Words by which two mails are not alike."""
NOT_SEARCHED = frozenset(_NOT_SEARCHED.split())
"""PostgreSQL's own list for Danish: it keeps none of them in its index, so SQLite is not asked for them either."""
