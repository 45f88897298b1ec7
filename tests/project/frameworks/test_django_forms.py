"""Choices of forms, by the findings and by Django itself."""

from __future__ import annotations

import pytest
from counted import counted
from django_people import PEOPLE, relations

from perffix import fix_source

MODELS = f"""
from django import forms
from django.db import models
from django.http import HttpResponse

{PEOPLE}

class Plain(forms.ModelChoiceField):
    def label_from_instance(self, author):
        return author.name


class House(forms.ModelMultipleChoiceField):
    def label_from_instance(self, author):
        return author.publisher.name


"""
PAGE = """

def page(request):
    return HttpResponse(str(Choice()))
"""


def form(field: str) -> str:
    """Return a module with a form that has this field."""
    return f"{MODELS}class Choice(forms.Form):\n    author = {field}\n"


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("forms.ModelChoiceField(queryset=Author.objects.all())", ["publisher"]),
        ("forms.ModelChoiceField(Author.objects.filter(name='x'), required=False)", ["publisher"]),
        ("House(queryset=Author.objects.all())", ["publisher"]),
        ("Plain(queryset=Author.objects.all())", []),
        ("forms.ModelChoiceField(queryset=Author.objects.select_related('publisher'))", []),
        ("forms.ModelChoiceField(queryset=Publisher.objects.all())", []),
        ("forms.ModelChoiceField(queryset=Author.objects.none())", []),
        ("forms.ChoiceField(choices=names)", []),
        ("unknown(queryset=Author.objects.all())", []),
    ],
)
def test_the_text_of_a_choice(field: str, found: list[str]) -> None:
    assert relations(form(field)) == found


@pytest.mark.parametrize(
    "field", ["forms.ModelChoiceField(queryset=Author.objects.all())", "House(queryset=Author.objects.all())"]
)
def test_a_fixed_form_asks_once(field: str) -> None:
    text = form(field) + PAGE
    fixed = fix_source(text, select=["PERF701"], unsafe_fixes=True)
    found = counted({"broken": text, "fixed": fixed})
    before, after = (found[each]["page"] for each in ("broken", "fixed"))
    assert (before.queries, after.queries, before.result) == (11, 1, after.result)


WIDGETS = """class Drawn(forms.Select):
    pass


class Searched(forms.Select):
    def optgroups(self, name, value, attrs=None):
        return []


class OnDemand(forms.ModelChoiceField):
    def get_bound_field(self, form, name):
        self.queryset = self.queryset.none()
        return super().get_bound_field(form, name)


class Ticked(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class Given(forms.ModelMultipleChoiceField):
    widget = forms.MultipleHiddenInput


"""


@pytest.mark.parametrize(
    ("field", "queries"),
    [
        ("forms.ModelMultipleChoiceField(queryset=Author.objects.all(), widget=forms.MultipleHiddenInput)", 0),
        ("forms.ModelMultipleChoiceField(queryset=Author.objects.all(), widget=forms.MultipleHiddenInput())", 0),
        ("forms.ModelChoiceField(Author.objects.all(), widget=forms.TextInput(attrs={'size': 3}))", 0),
        ("forms.ModelChoiceField(Author.objects.all(), widget=Searched())", 0),
        ("OnDemand(Author.objects.all())", 0),
        ("Given(Author.objects.all())", 0),
        ("forms.ModelChoiceField(Author.objects.all(), widget=forms.RadioSelect())", 11),
        ("forms.ModelChoiceField(Author.objects.all(), widget=Drawn)", 11),
        ("Ticked(Author.objects.all())", 11),
    ],
)
def test_choices_that_a_widget_does_not_show(field: str, queries: int) -> None:
    text = form(field).replace("class Choice(", f"{WIDGETS}class Choice(") + PAGE
    assert counted({"shop": text})["shop"]["page"].queries == queries
    assert bool(relations(text)) == (queries > 0)
