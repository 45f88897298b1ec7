"""Places in HTML, one value (`@`) in a page each."""

from __future__ import annotations

import pytest

from perffix.semantic.web.html_places import Kind, places_in


def kinds_in(page: str) -> list[Kind]:
    texts: list[str | None] = []
    for text in page.split("@"):
        texts += [text, None]
    return [place.kind for place in places_in(texts[:-1])]


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("@", Kind.TEXT),
        ("<p>@</p>", Kind.TEXT),
        ("<p class='x'>@", Kind.TEXT),
        ("<br/>@", Kind.TEXT),
        ("a < b @", Kind.TEXT),
        ("<textarea>@</textarea>", Kind.TEXT),
        ("<script></script>@", Kind.TEXT),
        ("<SCRIPT>1 < 2</SCRIPT >@", Kind.TEXT),
        ("<style>p > a {}</style><p>@", Kind.TEXT),
        ("<!-- <script> -->@", Kind.TEXT),
        ('<p title="@">', Kind.QUOTED),
        ("<p title = '@'>", Kind.QUOTED),
        ('<p title="a > @">', Kind.QUOTED),
        ('<a href="/x?y=@">', Kind.QUOTED),
        ('<a href="https://x/@">', Kind.QUOTED),
        ('<a href="mailto:@">', Kind.QUOTED),
        ('<img src="pictures/@">', Kind.QUOTED),
        ('<a data-href="@">', Kind.QUOTED),
        ('<a href="@">', Kind.URL),
        ("<a href='x@'>", Kind.URL),
        ('<form action="@/x">', Kind.URL),
        ('<a href="JavaScript:f(@)">', Kind.URL),
        ("<p title=@>", Kind.UNQUOTED),
        ("<p title=x@ y>", Kind.UNQUOTED),
        ("<a onclick='f(@)'>", Kind.EVENT),
        ("<p style='color: @'>", Kind.STYLE_ATTRIBUTE),
        ("<iframe srcdoc='@'>", Kind.DOCUMENT),
        ("<script>let x = '@'</script>", Kind.SCRIPT),
        ("<script type='module'>@", Kind.SCRIPT),
        ("<style>@</style>", Kind.STYLE),
        ("<!-- @ -->", Kind.COMMENT),
        ("<p @>", Kind.TAG),
        ("<p @='1'>", Kind.TAG),
        ("<@>", Kind.TAG),
        ("</@>", Kind.TAG),
    ],
)
def test_one_value(page: str, kind: Kind) -> None:
    assert kinds_in(page) == [kind]


def test_a_value_leaves_the_place_as_it_is() -> None:
    assert kinds_in('<p title="@ @">@<script>@</script>@') == [
        Kind.QUOTED,
        Kind.QUOTED,
        Kind.TEXT,
        Kind.SCRIPT,
        Kind.TEXT,
    ]
