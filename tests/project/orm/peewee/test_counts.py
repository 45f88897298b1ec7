"""Peewee itself is asked: how many queries code runs, and how many when it is fixed."""

from __future__ import annotations

from typing import Any

import peewee
import pytest
from fixture_files import findings_in
from views import Views, mended

from perffix.model import Applicability
from perffix.rules.performance import query_in_loop

MODELS = """\
from peewee import CharField, ForeignKeyField, ManyToManyField, Model, SqliteDatabase, fn, prefetch

db = SqliteDatabase(":memory:")


class Base(Model):
    class Meta:
        database = db


class City(Base):
    name = CharField()


class User(Base):
    name = CharField()
    city = ForeignKeyField(City, backref="users")

    @property
    def place(self):
        return self.city.name


class Tag(Base):
    name = CharField()


class Note(Base):
    text = CharField()
    user = ForeignKeyField(User, null=True)


class Way(Base):
    start = ForeignKeyField(City, backref="starts")
    end = ForeignKeyField(City, backref="ends")


class Tweet(Base):
    text = CharField()
    user = ForeignKeyField(User, backref="tweets")
    reply_to = ForeignKeyField("self", null=True)
    editor = ForeignKeyField(City, null=True)
    tags = ManyToManyField(Tag, backref="tweets")


"""


VIEWS = Views(MODELS, "def view(unknown=None):")
text_of, findings, fixed = VIEWS.text, VIEWS.findings, VIEWS.fixed


def queries(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many queries the function of a module runs on ten rows of each table."""
    return ran(text, monkeypatch)[0]


def ran(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any]:
    """Return the same, and what the function returns."""
    names: dict[str, Any] = {}
    exec(compile(text, "shop.py", "exec"), names)
    database = names["db"]
    database.create_tables(
        [names[each] for each in ("City", "User", "Tag", "Note", "Way", "Tweet")]
        + [names["Tweet"].tags.get_through_model()]
    )
    for number in range(10):
        city = names["City"].create(name=f"city {number}")
        user = names["User"].create(name=f"user {number}", city=city)
        tweet = names["Tweet"].create(text="...", user=user, editor=city if number % 2 else None)
        names["Note"].create(text="...", user=user if number % 2 else None)
        names["Way"].create(start=city, end=city)
        tweet.tags.add(names["Tag"].create(name=f"tag {number}"))
    count = 0
    execute: Any = peewee.Database.execute_sql

    def counting(self: Any, sql: str, *arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        return execute(self, sql, *arguments, **options)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(peewee.Database, "execute_sql", counting)
            result = names["view"]()
    finally:
        database.close()
    return count, result


@pytest.mark.parametrize(
    ("code", "before", "after", "query"),
    [
        ("for t in Tweet.select():\n    t.user.name", 11, 1, "Tweet.select(Tweet, User).join(User)"),
        ("[t.user.id for t in Tweet.select().where(Tweet.text == '...')]", 11, 1, ".join(User).where(Tweet.text"),
        (
            "for t in Tweet.select():\n    t.user.city.name",
            21,
            1,
            "Tweet.select(Tweet, User, City).join(User).join(City)",
        ),
        (
            "for t in Tweet.select():\n    t.editor and t.editor.name",
            6,
            1,
            "Tweet.select(Tweet, City).join(City, JOIN.LEFT_OUTER)",
        ),
        (
            "for u in User.select().order_by(User.name):\n    u.place",
            11,
            1,
            "User.select(User, City).join(City).order_by",
        ),
        (
            "for n in Note.select():\n    n.user and n.user.city.name",
            11,
            1,
            "Note.select(Note, User, City).join(User, JOIN.LEFT_OUTER).join(City, JOIN.LEFT_OUTER)",
        ),
        (
            "query = User.select()\nif unknown:\n    query = query.where(User.name == unknown)\n"
            "for u in query.order_by(User.name):\n    u.city.name",
            11,
            1,
            "query = User.select(User, City).join(City)\n",
        ),
        (
            "query = User.select()\nfor u in query:\n    u.city.name\nreturn query",
            11,
            1,
            "query = User.select(User, City).join(City).switch(User)\n",
        ),
        (
            "query = User.select()\nfor u in list(query):\n    u.city.name",
            11,
            1,
            "User.select(User, City).join(City)\n",
        ),
    ],
)
def test_a_fix_brings_the_queries_down(
    code: str, before: int, after: int, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries(text_of(code), monkeypatch) == before
    text = fixed(code)
    assert query in text
    assert query not in text_of(code)
    assert queries(text, monkeypatch) == after
    assert mended(text) == text


@pytest.mark.parametrize(
    ("code", "before", "advice"),
    [
        ("for u in User.select():\n    list(u.tweets)", 11, ".prefetch(Tweet)"),
        ("for c in City.select():\n    [u.tweets for u in c.users]", 11, ".prefetch(User)"),
        ("for t in Tweet.select():\n    len(t.tags)", 11, ".prefetch(Tag)"),
        ("for t in Tweet.select().join(User):\n    t.user.name", 11, "Tweet.select(Tweet, User).join(User)"),
        ("for u in User.select(User.name, User.city):\n    u.city.name", 11, "User.select(User, City).join(City)"),
    ],
)
def test_what_no_mechanical_edit_can_do_is_said(
    code: str, before: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries(text_of(code), monkeypatch) == before
    fixes = [each.fix for each in findings(code)]
    assert [each and each.description for each in fixes] == [f"Load it with the rows: `{advice}`"]
    assert [each and each.applicability for each in fixes] == [Applicability.DISPLAY]


@pytest.mark.parametrize(
    "code",
    [
        "return [n.user and n.user.city.name for n in Note.select()]",
        "query = User.select()\nnames = [u.city.name for u in query]\nreturn names + [len(query.join(Tweet))]",
        "query = User.select()\nfor u in query:\n    u.city.name\n"
        "return Tweet.select().where(Tweet.user.in_(query)).count()",
        "query = User.select()\nfor u in query:\n    u.city.name\nreturn len(query | User.select())",
        "query = User.select()\nfor u in query:\n    u.city.name\nreturn list(query.dicts())",
        "def tweets(users):\n    return users.join(Tweet).count()\n\n"
        "query = User.select()\nfor u in query:\n    u.city.name\nreturn tweets(query)",
    ],
)
def test_the_rows_are_the_same_as_before(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(code)
    assert ran(fixed(code), monkeypatch)[1] == ran(text_of(code), monkeypatch)[1]


@pytest.mark.parametrize(
    "code",
    [
        "query = User.select()\nif unknown:\n    query = query.join(Tweet).where(Tweet.text == unknown)\n"
        "for u in query:\n    u.city.name",
        "query = User.select()\nTweet.select().where(Tweet.user << query)\nfor u in query:\n    u.city.name",
        "for u in User.select().group_by(User.id):\n    u.city.name",
        "for u in User.select().for_update():\n    u.city.name",
    ],
)
def test_nothing_is_joined_where_something_relies_on_the_tables(code: str) -> None:
    assert [each.fix and each.fix.applicability for each in findings(code)] == [Applicability.DISPLAY]


@pytest.mark.parametrize(
    "turn",
    ["t.user.name += '!'\n    t.user.save()", "user = t.user\n    user.name += '!'\n    user.save()"],
)
def test_rows_that_are_changed_are_not_joined(turn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head = "Tweet.update(user=1).execute()\n"
    code = f"{head}for t in list(Tweet.select()):\n    {turn}\nreturn User.get_by_id(1).name"
    (finding,) = findings(code)
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.DISPLAY
    assert ran(text_of(code), monkeypatch)[1] == f"user 0{'!' * 10}"
    joined = code.replace("Tweet.select()", "Tweet.select(Tweet, User).join(User)")
    assert ran(text_of(joined), monkeypatch)[1] == "user 0!"  # each tweet has a copy of its own


def test_a_join_in_another_branch_starts_where_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "query = User.select()\nif unknown is None:\n    query = query.join(Note)\nreturn [u.city.name for u in query]"
    )
    (finding,) = findings(code)
    advice = "User.select(User, City).join(City).switch(User)"
    assert finding.help == f"Load it with the query: `{advice}`"
    count, rows = ran(text_of(code), monkeypatch)
    assert ran(text_of(code.replace("User.select()", advice)), monkeypatch) == (1, rows)
    assert (count, len(rows)) == (6, 5)


@pytest.mark.parametrize(
    ("code", "before", "advice", "alias"),
    [
        (
            "return [t.reply_to and t.reply_to.text for t in Tweet.select()]",
            10,
            "Tweet.select(Tweet, ReplyToTweet).join(ReplyToTweet, JOIN.LEFT_OUTER, on=Tweet.reply_to)",
            "ReplyToTweet = Tweet.alias()",
        ),
        ("return [w.end.name for w in Way.select()]", 11, "Way.select(Way, City).join(City, on=Way.end)", ""),
    ],
)
def test_a_join_by_one_of_several_keys_names_it(
    code: str, before: int, advice: str, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"Tweet.update(reply_to=Tweet.id % 10 + 1).where(Tweet.id < 10).execute()\n{code}"
    (finding,) = findings(code)
    said = f"Load it with the query: `{advice}`" + (f" with `{alias}`" if alias else "")
    assert finding.help == said
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.DISPLAY
    count, rows = ran(text_of(code), monkeypatch)
    name = advice.partition(".")[0]
    followed = f"from peewee import JOIN\n{alias}\n{code.replace(f'{name}.select()', advice)}"
    assert count == before + 1
    assert ran(text_of(followed), monkeypatch) == (2, rows)


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("for t in Tweet.select():\n    t.user_id", 1),
        ("for t in Tweet.select(Tweet, User).join(User):\n    t.user.name", 1),
        ("for t in Tweet.select(Tweet.text, User.name).join(User):\n    t.user.name", 1),
        ("for u in User.select().prefetch(Tweet):\n    list(u.tweets)", 2),
        ("for u in prefetch(User.select(), Tweet):\n    len(u.tweets)", 2),
        ("for t in Tweet.select().dicts():\n    t['user']", 1),
        ("for u in User.select():\n    u.tweets", 1),
        ("for t in Tweet.select().limit(1):\n    t.user", 2),
        ("Tweet.get(Tweet.id == 1).user", 2),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(code: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries(text_of(code), monkeypatch) == count
    assert findings(code) == []


@pytest.mark.parametrize(
    ("code", "count", "advice"),
    [
        ("for key in range(1, 11):\n    Tweet.get_by_id(key)", 10, "`Tweet.select().where(Tweet.id.in_(values))`"),
        ("for key in range(1, 11):\n    Tweet.get(Tweet.id == key)", 10, "Tweet.id.in_(values)"),
        ("for n in range(10):\n    User.get_or_none(name=f'user {n}')", 10, "User.name.in_(values)"),
        ("for n in range(10):\n    User.get_or_none(User.name == f'{n}')", 10, "User.name.in_(values)"),
        (
            "for n in range(10):\n    Tweet.get_or_none(Tweet.text == f'{n}', Tweet.user == n)",
            10,
            "`Tweet.select().where(Tweet.text.in_(values), Tweet.user.in_(values))`",
        ),
        (
            "for n in range(10):\n    Tweet.select(fn.SUM(Tweet.id)).where(Tweet.user == n).scalar()",
            10,
            "Ask for all before the loop, `Tweet.select(Tweet.user, fn.SUM(...)).group_by(Tweet.user).tuples()`",
        ),
        ("for n in range(10):\n    User.select().where(User.name == f'user {n}').first()", 10, "dictionary"),
        (
            "for u in User.select():\n    Tweet.select().where(Tweet.user == u).count()",
            11,
            "`Tweet.select(Tweet.user, fn.COUNT(Tweet.id)).group_by(Tweet.user).tuples()`",
        ),
        ("for u in User.select():\n    [t.text for t in u.tweets.where(Tweet.text == '...')]", 11, "Tweet.user.in_("),
    ],
)
def test_a_query_in_each_turn(code: str, count: int, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries(text_of(code), monkeypatch) == count
    (finding,) = findings_in(text_of(code), query_in_loop.rule)
    assert advice in (finding.help or "")


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("for keys in ([1, 2], [3, 4]):\n    list(Tweet.select().where(Tweet.id.in_(keys)))", 2),
        ("for keys in [[n, n + 1] for n in range(9)]:\n    list(Tweet.select().where(Tweet.id.in_(keys)))", 9),
        ("for n in range(10):\n    Tweet.select().where(Tweet.id == n)", 0),
    ],
)
def test_queries_that_a_loop_does_not_repeat(code: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries(text_of(code), monkeypatch) == count
    assert findings_in(text_of(code), query_in_loop.rule) == []


@pytest.mark.parametrize("code", ["t.user.name += '!'\n    t.user.save()", "User.update(name='x').execute()"])
def test_a_row_that_is_written_in_between_is_not_joined(code: str) -> None:
    """Each tweet would get a copy of its user, as it was before."""
    view = "for t in Tweet.select():\n    {}\n    print(t.user.name)"
    [finding] = findings(view.format(code))
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.DISPLAY
    assert "unless code relies on what is written to `User` in between" in (finding.help or "")
    assert "Tweet.select(Tweet, User).join(User)" in fixed(view.format("t.save()"))
