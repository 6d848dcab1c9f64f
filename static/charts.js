/* A chart as a picture: drawn anew on a canvas from its shapes, so that nothing has to be fetched or allowed for it. */
const SCALE = 2;
const MARGIN = 12;

function shapes(svg) {
  return [...svg.querySelectorAll("rect, line, polygon, polyline, circle, text")];
}

/* A shape's colours as the page shows them now: light or dark, on screen. */
function paint(context, shape) {
  const look = getComputedStyle(shape);
  context.globalAlpha = look.opacity * (shape.matches("polyline, line") ? 1 : look.fillOpacity);
  context.fillStyle = look.fill;
  context.strokeStyle = look.stroke;
  context.lineWidth = parseFloat(look.strokeWidth);
  context.setLineDash(look.strokeDasharray === "none" ? [] : look.strokeDasharray.split(",").map(parseFloat));
  const font = `${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
  return { fills: look.fill !== "none", strokes: look.stroke !== "none", font, anchor: look.textAnchor };
}

function outline(context, shape, place) {
  const at = (x, y) => {
    const found = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM());
    return [found.x - place.left, found.y - place.top];
  };
  const length = (name) => shape[name].baseVal.value;
  context.beginPath();
  if (shape.matches("rect")) {
    context.rect(...at(length("x"), length("y")), length("width"), length("height"));
  } else if (shape.matches("circle")) {
    context.arc(...at(length("cx"), length("cy")), length("r"), 0, 2 * Math.PI);
  } else if (shape.matches("line")) {
    context.moveTo(...at(length("x1"), length("y1")));
    context.lineTo(...at(length("x2"), length("y2")));
  } else {
    for (const point of shape.points) context.lineTo(...at(point.x, point.y));
    if (shape.matches("polygon")) context.closePath();
  }
}

function letters(context, shape, place, look) {
  const origin = new DOMPoint(shape.x.baseVal[0].value, shape.y.baseVal[0].value).matrixTransform(shape.getScreenCTM());
  context.font = look.font;
  context.textAlign = look.anchor === "middle" ? "center" : look.anchor;
  context.fillText(shape.textContent.trim(), origin.x - place.left, origin.y - place.top);
}

export function picture(svg) {
  const parts = shapes(svg);
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const place = {
    left: Math.min(...boxes.map((box) => box.left)) - MARGIN,
    top: Math.min(...boxes.map((box) => box.top)) - MARGIN,
    right: Math.max(...boxes.map((box) => box.right)) + MARGIN,
    bottom: Math.max(...boxes.map((box) => box.bottom)) + MARGIN,
  };
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * (place.right - place.left);
  canvas.height = SCALE * (place.bottom - place.top);
  const context = canvas.getContext("2d");
  context.scale(SCALE, SCALE);
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const part of parts) {
    const look = paint(context, part);
    if (part.matches("text")) letters(context, part, place, look);
    else {
      outline(context, part, place);
      if (look.fills && !part.matches("polyline, line")) context.fill();
      context.globalAlpha = 1;
      if (look.strokes) context.stroke();
    }
  }
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/* On the clipboard where the browser lets us, else as a file. */
async function copy(figure) {
  const svg = figure.querySelector("svg");
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture(svg) })]);
    figure.querySelector("[data-copied]").hidden = false;
  } catch {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await picture(svg));
    link.download = `${svg.querySelector(".title").textContent}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/* A text of the page, as it reads. */
async function copyText(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copyText).innerText);
  document.querySelector("[data-copied-text]").hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-chart]");
  if (button) copy(button.closest("figure"));
  const words = event.target.closest("[data-copy-text]");
  if (words) copyText(words);
});

const offers = "[data-copy-chart], [data-copy-text]";
const offer = () => document.querySelectorAll(offers).forEach((button) => (button.hidden = false));
offer();
document.addEventListener("htmx:afterSettle", offer);
