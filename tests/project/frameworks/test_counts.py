"""What serializers, lists of the admin, feeds and sitemaps cost in queries, by the real libraries."""

from __future__ import annotations

import textwrap

import django
from counted import counted
from django_people import PEOPLE, relations
from fixture_files import FIXTURES, read_fixture

from perffix import check_source, fix_source

SERIALIZERS = {
    "shown": (11, 1),
    "in_two_steps": (11, 1),
    "one_by_one": (11, 1),
    "Books": (11, 1),
    "BooksAsText": (21, 1),
    "AllOfBooks": (11, 2),
    "ByMethod": (21, 1),
    "ByDepth": (11, 1),
    "Slugs": (11, 2),
    "Reviews": (11, 1),
    "Paged": (11, 1),
    "marked": (11, 1),
    "marked_on_a_page": (12, 2),  # one counts the rows
    "MarkedOnAPage": (11, 1),
}
MODELS = f"""
from django.contrib import admin
from django.contrib.sitemaps import Sitemap
from django.contrib.syndication.views import Feed
from django.db import models
from rest_framework import generics, serializers

{PEOPLE}

class Tag(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.CASCADE, null=True, related_name="+")
    tags = models.ManyToManyField(Tag)

    def get_absolute_url(self):
        return f"/{{self.author.name}}/{{self.title}}"


class Cover(models.Model):
    book = models.OneToOneField(Book, models.CASCADE)


"""
FOLDER = FIXTURES / "PERF711_n_plus_one_in_serializer"


def test_a_fixed_view_loads_what_its_serializer_asks_for_and_shows_the_same() -> None:
    sources = {name: read_fixture(FOLDER / f"{name}.py").text for name in ("flagged", "fixed")}
    found = counted(sources)
    before, after = found["flagged"], found["fixed"]
    assert set(before) == {*SERIALIZERS, "OneAuthor"}
    assert {name: (before[name].queries, after[name].queries) for name in SERIALIZERS} == SERIALIZERS
    assert {name: before[name].result for name in SERIALIZERS} == {name: after[name].result for name in SERIALIZERS}


def test_rows_below_a_single_one_are_loaded_at_once() -> None:
    sources = {name: read_fixture(FOLDER / f"{name}.py").text for name in ("flagged", "fixed")}
    found = counted(sources, shared=True)
    before, after = (found[name]["OneAuthor"] for name in ("flagged", "fixed"))
    assert (before.queries, after.queries, before.result) == (12, 3, after.result)


def test_each_kind_of_field_is_told_as_it_costs() -> None:
    fields = {
        "key": ("serializers.PrimaryKeyRelatedField(source='author', read_only=True)", 1, []),
        "far_key": ("serializers.PrimaryKeyRelatedField(source='author.publisher', read_only=True)", 11, ["author"]),
        "keys": ("serializers.PrimaryKeyRelatedField(source='tags', many=True, read_only=True)", 11, ["tags"]),
        "cover": ("serializers.PrimaryKeyRelatedField(read_only=True)", 11, ["cover"]),
        "text": ("serializers.StringRelatedField(source='author')", 21, ["author.publisher"]),
        "texts": ("serializers.StringRelatedField(source='tags', many=True)", 11, ["tags"]),
        "slug": ("serializers.SlugRelatedField(source='editor', slug_field='name', read_only=True)", 11, ["editor"]),
        "house": ("serializers.ReadOnlyField(source='author.publisher.name')", 21, ["author.publisher"]),
        "count": ("serializers.IntegerField(source='tags.count')", 11, ["tags"]),
        "title": ("serializers.CharField()", 1, []),
        "hidden": ("serializers.CharField(source='author.name', write_only=True)", 1, []),
        "whole": ("serializers.CharField(source='*')", 1, []),
    }
    text = MODELS
    for name, (field, _, _) in fields.items():
        text += textwrap.dedent(f"""
            class With_{name}(serializers.ModelSerializer):
                {name} = {field}

                class Meta:
                    model = Book
                    fields = ["id", "{name}"]


            class List_{name}(generics.ListAPIView):
                queryset = Book.objects.all()
                serializer_class = With_{name}

        """)
    ran = counted({"shop": text, "fixed": fix_source(text, select=["PERF711"], unsafe_fixes=True)})
    assert {name: ran["shop"][f"List_{name}"].queries for name in fields} == {k: v[1] for k, v in fields.items()}
    assert relations(text, "PERF711") == [path for _, _, paths in fields.values() for path in paths]
    after = {name: ran["fixed"][f"List_{name}"] for name in fields}
    assert {name: each.queries for name, each in after.items() if each.queries > 1} == {
        "keys": 2,
        "texts": 2,
        "count": 11,  # the help says what to write: a prefetch would load all tags to count them
    }
    assert {name: each.result for name, each in after.items()} == {
        name: ran["shop"][f"List_{name}"].result for name in fields
    }


LISTS = {
    "Named": (21, 1),
    "Counted": (11, 11),  # the help says what to write
    "Extended": (11, 1),
    "Queried": (11, 1),
    "Loaded": (1, 1),
    "ByLambda": (11, 1),
}
ADMIN = """
@admin.register(Book)
class Named(admin.ModelAdmin):
    model_of_test = Book
    list_display = ("title", "author_name", "editor_name")

    def author_name(self, book):
        return book.author.name

    def editor_name(self, book):
        return book.editor.name


@admin.register(Book)
class Counted(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", "all_tags"]

    def all_tags(self, book):
        return ", ".join(tag.name for tag in book.tags.all())


class Extended(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", "house"]
    list_select_related = ["author"]

    def house(self, book):
        return book.author.publisher.name


class Queried(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", "editor_name"]

    def editor_name(self, book):
        return book.editor.name

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("author")


class Direct(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", "author", "author_name"]

    def author_name(self, book):
        return book.author.name


class Loaded(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", "author_name"]
    list_select_related = ["author"]

    def author_name(self, book):
        return book.author.name


class ByLambda(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", lambda book: book.author.name]


admin.site.register(Book, Extended)
admin.site.register(Book, Queried)
admin.site.register(Book, Loaded)
admin.site.register(Book, Direct)
admin.site.register(Book, ByLambda)


class Latest(Feed):
    def items(self):
        return Book.objects.order_by("-id")

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.author.name


class Addresses(Sitemap):
    def items(self):
        return Book.objects.all()
"""


def runnable(text: str) -> str:
    """Return a module without its registrations: a model can have one only."""
    return "\n".join(
        line for line in text.split("\n") if not line.startswith(("@admin.register", "admin.site.register"))
    )


def test_lists_that_django_makes_by_itself_are_told_as_they_cost() -> None:
    text = MODELS + ADMIN
    expected = ["author", "editor", "tags", "author.publisher", "editor", "author", "author", "author"]
    assert relations(text) == expected
    fixed = fix_source(text, select=["PERF701"], unsafe_fixes=True)
    ran = counted({"before": runnable(text), "after": runnable(fixed)})
    before, after = ran["before"], ran["after"]
    own = 2  # how many rows there are, and how many are shown
    assert {name: (before[name].queries - own, after[name].queries - own) for name in LISTS} == LISTS
    # Before 6.1, Django joins relations of relations, too; perffix says nothing of what depends on the version.
    assert before["Direct"].queries - own == (1 if django.VERSION < (6, 1) else 11)
    assert {name: (before[name].queries, after[name].queries) for name in ("Latest", "Addresses")} == {
        "Latest": (11, 1),
        "Addresses": (11, 1),
    }
    assert {name: each.result for name, each in before.items()} == {name: each.result for name, each in after.items()}


JOINED = """
@admin.register(Book)
class Listed(admin.ModelAdmin):
    model_of_test = Book
    list_display = ["title", "author", "editor_name"]
    #
    def editor_name(self, book):
        return book.editor.name

    def get_queryset(self, request):
        return super().get_queryset(request).filter(title="x")
"""
NAMES = '"author__publisher", "editor"'
IN_QUERY = 'super().get_queryset(request).filter(title="x")'


def test_where_django_joins_by_itself_all_that_is_asked_for_is_named() -> None:
    queried = MODELS + JOINED
    plain = MODELS + JOINED[: JOINED.index("    def get_queryset")]
    assert relations(plain) == relations(queried) == ["editor"]
    told = [check_source(text, select=["PERF701"])[0].fix for text in (plain, queried)]
    assert [fix is not None and fix.description.split("`")[1] for fix in told] == [
        f"list_select_related = [{NAMES}]",
        f".select_related({NAMES})",
    ]
    assert fix_source(plain, select=["PERF701"], unsafe_fixes=True) == plain
    assert fix_source(queried, select=["PERF701"], unsafe_fixes=True) == queried
    sources = {
        "plain": plain,
        "missed": plain.replace("    #", '    list_select_related = ["editor"]'),
        "columns": plain.replace("    #", '    list_select_related = ["author", "editor"]'),
        "all": plain.replace("    #", f"    list_select_related = [{NAMES}]"),
        "queried": queried.replace(IN_QUERY, f"{IN_QUERY}.select_related({NAMES})"),
    }
    ran = counted({name: runnable(text) for name, text in sources.items()})
    costs = {name: ran[name]["Listed"].queries - 2 for name in sources}  # two count the rows
    # The one that is missed is not enough, nor are the columns: Django 5 joined the relations of relations, too.
    by_itself = 11 if django.VERSION < (6, 1) else 21
    assert costs == {"plain": by_itself, "missed": 21, "columns": 11, "all": 1, "queried": 1}
    assert len({ran[name]["Listed"].result for name in sources}) == 1


COLUMNS = """
class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author"]


class WithoutTitle(generics.ListAPIView):
    queryset = Book.objects.only("author")
    serializer_class = BookSerializer


class WithoutKey(generics.ListAPIView):
    queryset = Book.objects.only("title")
    serializer_class = BookSerializer


class WithAll(generics.ListAPIView):
    queryset = Book.objects.only("title", "author")
    serializer_class = BookSerializer


@admin.register(Book)
class Listed(admin.ModelAdmin):
    model_of_test = Book
    list_display = ("id", "title", "upper")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("title")

    def upper(self, book):
        return book.title.upper()
"""


def test_columns_that_a_serializer_or_a_list_asks_for_are_loaded_with_the_rows() -> None:
    text = MODELS + COLUMNS
    views = {"WithoutTitle": (11, 1), "WithoutKey": (11, 1), "WithAll": (1, 1)}
    views["Listed"] = (13, 3)  # the list asks for the number of its rows, too, twice
    assert relations(text, "PERF711") == ["title", "author_id"]
    assert relations(text, "PERF701") == ["title"]
    ran = counted({"shop": text, "fixed": fix_source(text, select=["PERF701", "PERF711"], unsafe_fixes=True)})
    assert {name: (ran["shop"][name].queries, ran["fixed"][name].queries) for name in views} == views
    assert {name: ran["shop"][name].result for name in views} == {name: ran["fixed"][name].result for name in views}


ACTIONS = """
from rest_framework import viewsets


class AuthorOut(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


class Plain(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "author", "title"]


class Whole(serializers.ModelSerializer):
    author = AuthorOut()

    class Meta:
        model = Book
        fields = ["id", "author"]


class ListedWhole(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = Plain

    def get_serializer_class(self):
        if self.action == "list":
            return Whole
        return super().get_serializer_class()


class ListedAmongOthers(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = Whole

    def get_serializer_class(self):
        if self.action not in ("list", "retrieve"):
            return Plain
        return self.serializer_class


class ByTable(viewsets.ReadOnlyModelViewSet):
    queryset = Book.objects.all()
    serializer_class = Plain
    serializers_of_actions = {"list": Whole}

    def get_serializer_class(self):
        return self.serializers_of_actions.get(self.action, self.serializer_class)


class ByKey(viewsets.ReadOnlyModelViewSet):
    queryset = Book.objects.all()
    serializers_of_actions = {"list": Whole, "retrieve": Plain}

    def get_serializer_class(self):
        return self.serializers_of_actions[self.action]


class ListedPlain(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = Whole

    def get_serializer_class(self):
        if self.action == "list":
            return Plain
        return Whole


class OneOfBoth(viewsets.ModelViewSet):
    queryset = Book.objects.all()

    def get_serializer_class(self):
        return Whole if self.request.GET.get("whole") else Plain


class LoadedForLists(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = Whole

    def get_queryset(self):
        if self.action == "list":
            return Book.objects.select_related("author")
        return Book.objects.all()
"""
OF_ACTIONS = {
    "ListedWhole": (11, 1), "ListedAmongOthers": (11, 1), "ByTable": (11, 1), "ByKey": (11, 1),
    "ListedPlain": (1, 1), "OneOfBoth": (1, 1), "LoadedForLists": (1, 1),
}  # fmt: skip


def test_the_serializer_of_a_list_is_the_one_that_its_action_chooses() -> None:
    text = MODELS + ACTIONS
    assert relations(text, "PERF711") == ["author"] * 4
    ran = counted({"shop": text, "fixed": fix_source(text, select=["PERF711"], unsafe_fixes=True)})
    before, after = ran["shop"], ran["fixed"]
    assert {name: (before[name].queries, after[name].queries) for name in OF_ACTIONS} == OF_ACTIONS
    assert {name: before[name].result for name in OF_ACTIONS} == {name: after[name].result for name in OF_ACTIONS}
