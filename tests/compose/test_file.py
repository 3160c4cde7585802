"""docker-compose.yml, the file beside it, and the variables that they take."""

import re

from local.environments import ROOT

from stack.compose import ComposeStack

FILES = ("docker-compose.yml", "compose.tls.yml", "compose.logs.yml")


def test_compose_finds_nothing_wrong_with_it(stack: ComposeStack) -> None:
    assert stack.compose("config", "--quiet") == ""


def test_the_example_names_every_variable_with_its_default() -> None:
    used: dict[str, str] = {}
    for file in FILES:
        text = (ROOT / file).read_text()
        found = dict(re.findall(r"\$\{(\w+):-((?:\$\{[^}]*\}|[^}])*)\}", text))
        used = {**found, **used}  # the first file's defaults are those of both
    for name, default in used.items():
        if earlier_name := re.fullmatch(r"\$\{\w+:-([^}]*)\}", default):
            used[name] = earlier_name[1]
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = dict(
        line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#[A-Z0-9_]+=", line)
    )
    assert named == used


def test_no_variable_is_used_without_a_default() -> None:
    text = "".join((ROOT / file).read_text() for file in FILES)
    assert re.findall(r"\$\{\w+\}|\$[A-Za-z_]", text) == []
