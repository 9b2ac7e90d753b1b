"""Prints source.json in the ways that PyYAML 6 has. Run it in this folder; the tests only read what is committed."""

import datetime
import json

import yaml

SEEN = {}


def as_boto3_has_it(value, name=""):
    """Makes times of times, and one object of equal ones, for which PyYAML writes anchors and aliases."""
    if name.endswith("Time"):
        return datetime.datetime.fromisoformat(value)
    if isinstance(value, dict) and value:
        value = {key: as_boto3_has_it(below, key) for key, below in value.items()}
        return SEEN.setdefault(repr(value), value)
    if isinstance(value, list):
        return [as_boto3_has_it(below) for below in value]
    return value


with open("source.json", encoding="utf-8") as file:
    source = as_boto3_has_it(json.load(file))

WAYS = {
    "block": {"default_flow_style": False},
    "flow": {"default_flow_style": True},
    "leaves": {"default_flow_style": None, "width": 80},
    "narrow": {"width": 20, "indent": 4},
    "wide": {"width": 10**6},
    "double": {"default_style": '"', "allow_unicode": True},
    "single": {"default_style": "'", "explicit_end": True},
    "literal": {"default_style": "|"},
    "folded": {"default_style": ">", "width": 40},
    "canonical": {"canonical": True},
    "version": {"version": (1, 2), "tags": {"!t!": "tag:example.com,2026:"}},
}

for way, options in WAYS.items():
    with open(way + ".yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump(source, file, sort_keys=False, **options)
with open("libyaml.yaml", "w", encoding="utf-8") as file:
    yaml.dump(source, file, Dumper=yaml.CSafeDumper, width=80, allow_unicode=True)
