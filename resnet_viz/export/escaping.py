"""Texts of others in the languages of files: no name of a module, a file or a network is ever mark-up, or a formula."""

from __future__ import annotations

import re

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "-": r"{-}", "[": "{[}", "]": "{]}", "*": "{*}",
    "×": r"$\times$", "·": r"$\cdot$", "→": r"$\rightarrow$", "−": r"$-$", "…": r"\dots{}", "⊕": r"$\oplus$", "⊗": r"$\otimes$",
    "½": r"$\frac12$", "¼": r"$\frac14$", "≈": r"$\approx$", "÷": r"$\div$", "≤": r"$\leq$", "≥": r"$\geq$", "²": r"$^2$",
    "–": "{--}", "’": r"\textquoteright{}", "µ": r"$\mu$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$", "◫": r"$\parallel$", "√": r"$\surd$", "³": r"$^3$", "∞": r"$\infty$", "§": r"\S{}", "\n": " ", "\t": " ", "\r": " ",
}  # fmt: skip
# What a document needs to print what `latex` gives. Latin Modern is in every TeX Live but the smallest, whose only
# letters as outlines are TeX's first: they have no straight quotes.
TEX_FONTS = (
    r"\usepackage{textcomp}",
    r"\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{\DeclareTextCommand{\textquotedbl}{OT1}{''}}",
)
# what XML 1.0 has no way to write at all
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def latex(text: str) -> str:
    """``text`` for LaTeX of any age: what pdfLaTeX has no letter for is told by its code point.

    >>> latex("50%_x {$a$} × 中")
    '50\\\\%\\\\_x \\\\{\\\\$a\\\\$\\\\} $\\\\times$ U+4E2D'
    """
    return "".join([_TEX.get(sign) or (sign if " " <= sign <= "~" else f"U+{ord(sign):04X}") for sign in text])


_PLAIN = {"×": "x", "→": "->", "·": "|", "−": "-", "…": "...", "⊕": "(+)", "⊗": "(x)"}


def comment(text: str) -> str:
    """``text`` for a comment of LaTeX: on one line, in ASCII.

    >>> comment("56×56 → 中, and on")
    '56x56 -> U+4E2D, and on'
    """
    plain = [
        _PLAIN.get(sign) or (sign if " " <= sign <= "~" else f"U+{ord(sign):04X}") for sign in " ".join(text.split())
    ]
    return "".join(plain)


def markdown(text: str) -> str:
    """``text`` for a cell of a Markdown table, on one line.

    >>> markdown("a|b<i>*c*_d")
    'a\\\\|b\\\\<i\\\\>\\\\*c\\\\*_d'
    """
    return re.sub(r"([\\|<>*`\[\]])", r"\\\1", " ".join(text.split()))


def xml_text(text: str) -> str:
    """``text`` without the signs that no XML file may hold; its mark-up is left to what writes the file."""
    return _NOT_XML.sub("�", text)
