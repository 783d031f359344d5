"""Take a quiz in the terminal: `python quiz/take.py 07 --lang es`.

The exit status is 0 when it is passed, 1 when not.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from questions import LANGUAGES, TO_PASS, is_right, items

from valuecheck.program.definition import BadDefinitionError

if TYPE_CHECKING:
    from questions import Item

_SAID = {
    "en": {
        "one": "one number",
        "many": "numbers, with blanks between",
        "free": "a number or a formula",
        "right": "right",
        "wrong": "wrong",
        "read": "read again",
        "score": "{} of {} right, {:.0%}: {}",
        "passed": "passed",
        "failed": "not passed, 70 % is needed",
        "again": "not understood: {}",
    },
    "es": {
        "one": "un número",
        "many": "números, separados por espacios",
        "free": "un número o una fórmula",
        "right": "correcto",
        "wrong": "incorrecto",
        "read": "vuelve a leer",
        "score": "{} de {} correctas, {:.0%}: {}",
        "passed": "aprobado",
        "failed": "no aprobado, hace falta un 70 %",
        "again": "no se entiende: {}",
    },
}


def main() -> None:
    """Ask every item, and tell the score."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("number", nargs="?", default="07")
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    options = parser.parse_args()
    said, all_items = _SAID[options.lang], items(options.number)
    pages: dict[str, None] = {}
    score = 0
    try:
        for number, item in enumerate(all_items, 1):
            print(f"\n{number}/{len(all_items)}  {item.text[options.lang]}")
            if _ask(item, options.lang):
                score += 1
                print(said["right"])
            else:
                pages[item.page] = None
    except (EOFError, KeyboardInterrupt):
        print()
        sys.exit(130)
    passed = score >= TO_PASS * len(all_items)
    told = said["passed" if passed else "failed"]
    print("\n" + said["score"].format(score, len(all_items), score / len(all_items), told))
    for page in pages:
        print(f"  {said['read']}: docs/course/{page}.{options.lang}.md")
    sys.exit(0 if passed else 1)


def _ask(item: Item, language: str) -> bool:
    """Ask until the answer is understood, and return whether it is right."""
    said = _SAID[language]
    if item.code:
        print("\n".join(f"    {line}" for line in item.code.splitlines()))
    for number, choice in enumerate(item.choices, 1):
        print(f"  {number}) {choice.text[language]}")
    how = said[{"single": "one", "multiple": "many", "free": "free"}[item.kind]]
    while True:
        answer = input(f"({how}) > ")
        try:
            if item.kind == "free":
                right = is_right(item, answer)
                if not right:
                    print(f"{said['wrong']}: {item.answer}")
                return right
            chosen = {int(text) for text in answer.replace(",", " ").split()}
        except (BadDefinitionError, ValueError) as error:
            print(said["again"].format(error))
            continue
        if not chosen or not chosen <= set(range(1, len(item.choices) + 1)):
            print(said["again"].format(answer))
            continue
        keys = {number for number, choice in enumerate(item.choices, 1) if choice.right}
        for number in sorted(chosen - keys):
            print(f"{said['wrong']}: {item.choices[number - 1].why.get(language, '')}")
        if keys - chosen:
            print(f"{said['wrong']}: {' '.join(map(str, sorted(keys)))}")
        return chosen == keys


if __name__ == "__main__":
    main()
