"""How blocks are written in Markdown and HTML. Words are data: every sign that could mean something is an entity."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from geo_tej.document.blocks import Block, Heading, Map, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MARKDOWN_SIGNS = re.compile(
    r"[\\`*_{}\[\]<>&|$~^#@=\"']|!(?=\[)|-(?=-)|\.(?=\.)|:(?=\w*:|//)|^\s*[-+>](?=\s)|^\s*\d+(?=[.)]\s)"
)
_BREAKS = re.compile(r"[\r\n\u2028\u2029\x0b\x0c\x85]+")
_STYLE = "<style>@media screen{.geo-tej-print{display:none}}@media print{.geo-tej-frame{display:none}}</style>"


def one_line(words: str) -> str:
    r"""Return words on one line.

    >>> one_line("a\r\nb")
    'a b'
    """
    return _BREAKS.sub(" ", words).strip()


def markdown_words(words: str) -> str:
    """Write words so that no Markdown reads anything into them.

    >>> markdown_words("SD-0107 {{ 7*7 }} <b> 1,5 %")
    'SD-0107 &#123;&#123; 7&#42;7 &#125;&#125; &#60;b&#62; 1,5 %'
    """
    return _MARKDOWN_SIGNS.sub(lambda found: "".join(_entity(sign) for sign in found[0]), one_line(words))


def _entity(sign: str) -> str:
    return sign if sign.isspace() or sign.isalnum() else f"&#{ord(sign)};"


def html_words(words: str) -> str:
    """Write words for HTML; braces too, which template engines of sites would read.

    >>> html_words("<b> {{ x }}")
    '&lt;b&gt; &#123;&#123; x &#125;&#125;'
    """
    return html.escape(one_line(words)).replace("{", "&#123;").replace("}", "&#125;")


def markdown(blocks: Sequence[Block], *, folder: str, quarto: bool) -> list[str]:
    """Return blocks as lines of Markdown; maps lie in `folder`, as an address. Quarto has pictures for print."""
    lines: list[str] = []
    for block in blocks:
        if lines:
            lines.append("")
        if isinstance(block, Heading):
            lines.append(f"#### {markdown_words(block.words)}")
        elif isinstance(block, Paragraph):
            words = markdown_words(block.words)
            lines.append(f"**{words}**" if block.strong else words)
        elif isinstance(block, Table):
            lines += _markdown_table(block)
        elif quarto:
            picture = (
                f"![{markdown_words(block.caption)}]({folder}/{block.name}.png)"
                '{fig-alt="' + html_words(block.alt) + '"}'
            )
            lines += [
                '::: {.content-visible when-format="html"}',
                "",
                "```{=html}",
                *map_html(block, folder=folder),
                "```",
                "",
                ":::",
            ]
            lines += ["", '::: {.content-visible unless-format="html"}', "", picture, "", ":::"]
        else:
            lines += map_html(block, folder=folder)
    return lines


def _markdown_table(table: Table) -> list[str]:
    def row(cells: Sequence[str], dress: Callable[[str], str] = lambda words: words) -> str:
        return "| " + " | ".join(dress(markdown_words(cell)) if cell else " " for cell in cells) + " |"

    rule = "|" + "|".join("---:" if column in table.numbers else "---" for column in range(len(table.header))) + "|"
    lines = [f"**{markdown_words(table.caption)}**", "", row(table.header), rule, *(row(cells) for cells in table.rows)]
    if table.total is not None:
        lines.append(row(table.total, lambda words: f"**{words}**"))
    return lines


def page(blocks: Sequence[Block], *, folder: str) -> list[str]:
    """Return blocks as lines of HTML; maps lie in `folder`, as an address."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            lines.append(f"<h4>{html_words(block.words)}</h4>")
        elif isinstance(block, Paragraph):
            words = html_words(block.words)
            lines.append(f"<p><strong>{words}</strong></p>" if block.strong else f"<p>{words}</p>")
        elif isinstance(block, Table):
            lines += _html_table(block)
        else:
            lines += map_html(block, folder=folder)
    return lines


def _html_table(table: Table) -> list[str]:
    def row(cells: Sequence[str], tag: str) -> str:
        aligned = [' style="text-align:right"' if column in table.numbers else "" for column in range(len(cells))]
        told = (f"<{tag}{align}>{html_words(cell)}</{tag}>" for cell, align in zip(cells, aligned, strict=True))
        return f"<tr>{''.join(told)}</tr>"

    head = "".join(f'<th scope="col">{html_words(cell)}</th>' for cell in table.header)
    lines = [
        '<div style="overflow-x:auto"><table>',
        f"<caption>{html_words(table.caption)}</caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
    ]
    lines += [*(row(cells, "td") for cells in table.rows), "</tbody>"]
    if table.total is not None:
        lines.append(f"<tfoot>{row(table.total, 'th')}</tfoot>")
    return [*lines, "</table></div>"]


def map_html(block: Map, *, folder: str) -> list[str]:
    """Return a map as a figure: a frame of known height on a screen, the sheet's picture on paper."""
    caption, alt = html_words(block.caption), html_words(block.alt)
    address = f"{html.escape(folder)}/{block.name}"
    return [
        '<figure class="geo-tej" style="margin:1em 0">',
        _STYLE,
        (
            f'<iframe class="geo-tej-frame" src="{address}.html" title="{caption}" width="100%" '
            f'height="{block.height_px}" style="border:0" loading="lazy"></iframe>'
        ),
        f'<img class="geo-tej-print" src="{address}.png" alt="{alt}" style="max-width:100%">',
        f"<figcaption>{caption}</figcaption>",
        "</figure>",
    ]
