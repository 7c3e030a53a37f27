"""LaTeX read strictly, where there is no LaTeX: what is not known here is a fault, and so is what does not close."""

import re

_NAMES = """
    documentclass usepackage sisetup setlength parindent pagestyle begin end scriptsize caption toprule
    midrule bottomrule endfirsthead endhead endfoot shortstack par footnotesize small renewcommand arraystretch
    num multicolumn left right times text textbackslash textasciicircum textasciitilde textless textgreater
    textbar textquotedbl textquotesingle textasciigrave cdot rightarrow dots oplus otimes frac approx
    div leq geq textquoteright mu lfloor rfloor lceil rceil parallel surd
    infty S IfFileExists definecolor useasboundingbox path draw fill node fontsize selectfont
    bfseries sffamily DeclareTextCommand topskip vfuzz hfuzz
"""
COMMANDS = {"\\" + name for name in _NAMES.split()}
ESCAPED = {rf"\{sign}" for sign in "{}$&#%_"}
SPECIAL = set("{}$&#%_^~\\")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\\\n|%[^\n]*\n?|.|\n", re.DOTALL)


def faults(text: str) -> list[str]:
    """What is wrong with a document: every brace, environment and formula closes, every command is a known one."""
    found: list[str] = []
    stack: list[str] = []
    math = False
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        if token.startswith("%"):
            continue
        if not (token.isascii()):
            found.append(f"not ASCII: {token!r}")
        if token.startswith("\\"):
            if token != "\\\\" and token not in COMMANDS | ESCAPED:
                found.append(f"unknown {token}")
            if token in (r"\begin", r"\end"):
                name = "".join(tokens[place + 1 : place + 20]).partition("}")[0].lstrip("{")
                if token == r"\begin":
                    stack.append(name)
                elif not stack or stack.pop() != name:
                    found.append(f"{name} ends and did not begin")
        elif token == "{":
            stack.append("{")
        elif token == "}":
            if not stack or stack.pop() != "{":
                found.append("a brace too many")
        elif token == "$":
            math = not math
        elif token == "\n" and math and tokens[place + 1 : place + 2] == ["\n"]:
            found.append("an empty line in a formula")
        elif (token in "^_" and not math) or token in "#~":
            found.append(f"{token} outside of a formula")
    return found + [f"{one} does not end" for one in stack] + ["a formula does not end"] * math


_WORDS = {
    r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~", r"\textless{}": "<", r"\textgreater{}": ">",
    r"\textbar{}": "|", r"\textquotedbl{}": '"', r"\textquotesingle{}": "'", r"\textasciigrave{}": "`", r"\dots{}": "…",
    r"$\times$": "×", r"$\cdot$": "·", r"$\rightarrow$": "→", r"{\times}": "x", "{-}": "-", "{[}": "[", "{]}": "]", "{*}": "*",
}  # fmt: skip


def words(text: str) -> str:
    """A cell as a reader sees it."""
    pattern = "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True)))
    plain = re.sub(rf"{pattern}|\\([{{}}$&#%_])|\$", lambda found: found[1] or _WORDS.get(found[0], ""), text)
    return plain.strip().replace("; ", ";")


def cells(text: str) -> list[list[str]]:
    """The rows of a longtable's body, each cell as a reader sees it."""
    body = text.partition(r"\endfoot")[2].partition(r"\end{longtable}")[0]
    rows = [row for row in body.split("\\\\\n") if row.strip()]
    return [[words(_unbraced(cell.strip())) for cell in re.split(r"(?<!\\)&", row)] for row in rows]


def _unbraced(cell: str) -> str:
    return cell[1:-1] if cell.startswith("{") and cell.endswith("}") and not re.match(r"\{[-\[\]*]\}", cell) else cell
