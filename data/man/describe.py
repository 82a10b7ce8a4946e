#!/usr/bin/env python3
"""Fills a man page of an interface from its one description: describe.py PAGE.scd DESCRIPTION

DESCRIPTION is the XML of a Wayland protocol or a JSON Schema of messages. Prints the page, as scdoc, with the line
@description@ replaced.
"""

import json
import re
import sys
import textwrap
import xml.etree.ElementTree as tree
from pathlib import Path

WIDTH = 74  # of an example, so that it fits into 80 columns


def plain(text):
    """What scdoc would take for markup, it prints."""
    return re.sub(r"([\\*_#\-.`~])", r"\\\1", " ".join(text.split()))


def entry(head, *paragraphs, indent=""):
    body = "".join(f"{indent}\t{paragraph}\n\n" for paragraph in paragraphs if paragraph)
    return f"{indent}{head}\n{body or chr(10)}"


# --- Wayland ----------------------------------------------------------------------------------------------------------


def paragraphs(description):
    """What is indented further than the rest is a formula; a line without a full stop is a title."""
    text = textwrap.dedent((description.text or "").strip("\n"))
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if part.startswith(" "):
            yield f"```\n{textwrap.dedent(part)}\n```"
        elif "\n" not in part and not part.rstrip().endswith((".", ":")):
            yield f"## {part.strip()}"
        else:
            yield plain(part)


def described(element):
    description = element.find("description")
    text = "\n\n".join(paragraphs(description)) if (description.text or "").strip() else plain(description.get("summary"))
    return text + "\n\n"


def argument(element):
    kind = element.get("interface") or element.get("enum") or element.get("type")
    null = ", or null" if element.get("allow-null") == "true" else ""
    return entry(f"_{plain(element.get('name'))}_ ({plain(kind)}{null})", plain(element.get("summary")))


def value(element):
    since = f", since version {element.get('since')}" if element.get("since") else ""
    return entry(f"*{plain(element.get('name'))}* ({element.get('value')}{since})", plain(element.get("summary")))


def member(element):
    kinds = {"request": ("Request", "arg", argument), "event": ("Event", "arg", argument), "enum": ("Values", "entry", value)}
    title, part, text = kinds[element.tag]
    return f"## {title} {element.get('name')}\n\n{described(element)}{''.join(text(each) for each in element.iter(part))}"


def wayland(file):
    protocol = tree.parse(file).getroot()
    text = described(protocol)
    for interface in protocol.iter("interface"):
        text += f"# INTERFACE {interface.get('name')}\n\nVersion {interface.get('version')}\\.\n\n{described(interface)}"
        text += "".join(member(each) for each in interface if each.tag != "description")
    return text


# --- JSON Schema ------------------------------------------------------------------------------------------------------


def name_of(reference):
    return reference["$ref"].rpartition("/")[2]


def kind_of(schema):
    if "$ref" in schema:
        return name_of(schema)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(each) for each in schema["enum"])
    for union in ("oneOf", "anyOf"):
        if union in schema and "properties" not in schema:
            return " or ".join(kind_of(each) for each in schema[union])
    kind = schema.get("type", "any value")
    if kind == "array" and "items" in schema:
        return f"array of {kind_of(schema['items'])}"
    return " or ".join(kind) if isinstance(kind, list) else kind


def spaced(value, indent=""):
    """JSON for people: what is short stays in a line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent + flat) <= WIDTH or not isinstance(value, (dict, list)):
        return flat
    inner = indent + "  "
    if isinstance(value, list):
        parts, (start, end) = [spaced(each, inner) for each in value], "[]"
    else:
        parts, (start, end) = [f"{json.dumps(name)}: {spaced(each, inner)}" for name, each in value.items()], "{}"
    return f"{start}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{end}"


def definition(name, schema):
    text = f"## {name}\n\n"
    if "description" in schema:
        text += plain(schema["description"]) + "\n\n"
    if "x-grant" in schema:
        text += f"Needs the grant *{plain(schema['x-grant'])}*.\n\n"
    if "properties" not in schema:
        text += plain(kind_of(schema)) + "\\.\n\n"
    for member, its in schema.get("properties", {}).items():
        optional = "" if member in schema.get("required", []) else ", optional"
        text += entry(f"_{plain(member)}_ ({plain(kind_of(its))}{optional})", plain(its.get("description", "")))
    for example in schema.get("examples", []):
        text += f"```\n{spaced(example)}\n```\n\n"
    return text


def messages(file):
    schema = json.loads(Path(file).read_text())
    parts = dict(schema["$defs"])
    groups = {"ServerMessage": "MESSAGES OF THE SERVER", "ClientMessage": "MESSAGES OF CLIENTS"}
    text = plain(schema["description"]) + "\n\n"
    for union, title in groups.items():
        names = [name_of(each) for each in parts.pop(union)["oneOf"]]
        text += f"# {title}\n\n" + "".join(definition(name, parts.pop(name)) for name in names)
    return text + "# PARTS OF MESSAGES\n\n" + "".join(definition(name, its) for name, its in parts.items())


if __name__ == "__main__":
    page, source = sys.argv[1:]
    description = wayland(source) if source.endswith(".xml") else messages(source)
    sys.stdout.write(Path(page).read_text().replace("@description@\n", description))
