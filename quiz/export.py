"""Export a quiz to Moodle's XML: `python quiz/export.py 07 --lang es > quiz.xml`.

A free item with variables becomes a short answer that takes the key as it is written, since Moodle
cannot judge formulas; one without becomes a numerical question.
"""

from __future__ import annotations

import argparse
from html import escape
from xml.etree import ElementTree as ET

from questions import LANGUAGES, Item, items


def moodle(all_items: list[Item], language: str) -> str:
    """Return items as Moodle XML."""
    root = ET.Element("quiz")
    for item in all_items:
        kind = "multichoice"
        if item.kind == "free":
            kind = "shortanswer" if item.variables else "numerical"
        question = ET.SubElement(root, "question", type=kind)
        _text(ET.SubElement(question, "name"), item.id)
        text = ET.SubElement(question, "questiontext", format="html")
        code = f"<pre>{escape(item.code)}</pre>" if item.code else ""
        _text(text, f"<p>{escape(item.text[language])}</p>{code}")
        if item.kind == "free":
            answer = ET.SubElement(question, "answer", fraction="100")
            # A star there stands for anything.
            _text(answer, item.answer.replace("*", r"\*") if item.variables else item.answer)
            continue
        rights = sum(choice.right for choice in item.choices)
        wrongs = len(item.choices) - rights
        ET.SubElement(question, "single").text = str(item.kind == "single").lower()
        ET.SubElement(question, "shuffleanswers").text = "true"
        for choice in item.choices:
            worth = 100 / rights if choice.right else -100 / wrongs
            if item.kind == "single":
                worth = 100 if choice.right else 0
            answer = ET.SubElement(question, "answer", fraction=f"{worth:.5f}", format="html")
            _text(answer, escape(choice.text[language]))
            if choice.why:
                _text(
                    ET.SubElement(answer, "feedback", format="html"), escape(choice.why[language])
                )
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _text(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "text").text = text


def main() -> None:
    """Print the export."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("number", nargs="?", default="07")
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    options = parser.parse_args()
    print(moodle(items(options.number), options.lang), end="")


if __name__ == "__main__":
    main()
