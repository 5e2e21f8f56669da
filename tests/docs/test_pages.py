import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.ja.md")
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if "_build" not in page.parts
)
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)(?=[ `\n]|$)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
UNSAID = re.compile(
    "|".join(
        (
            rf"(?<![\w.]){re.escape(str(ROOT))}/",
            r"(?<![\w.])/root/",
            "index" + "-url",
            "python" + "hosted",
            r"pypi\." + "org",
            r"docker\." + r"io/",
            r"deb\." + r"debian\.org",
        )
    ),
    re.IGNORECASE,
)
"""Addresses of registries and paths of somebody's machine do not belong into the project."""


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = "".join(blocks(text, "sh")).splitlines()
    return [line.partition("#")[0].strip() for line in lines]


def targets_of_the_makefile() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    typed = "\n".join([*blocks(text, "sh"), *re.findall(r"`(make [^`]*)`", text)])
    assert set(TARGET.findall(typed)) <= targets_of_the_makefile()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_the_two_readmes_name_the_same_commands():
    english, japanese = map(commands, READMES)
    assert english == japanese
    assert {"make demo", "make test"} <= set(english)


def test_the_two_readmes_name_the_same_targets_addresses_and_pages():
    def named(page: str) -> tuple[set[str], set[str], set[str]]:
        text = (ROOT / page).read_text(encoding="utf-8")
        return (
            set(re.findall(r"make [a-z-]+(?: [A-Z]+=\w+)?", text)),
            set(re.findall(r"http://127[^>\s)]*", text)) - {"http://127.0.0.1:8604/"},
            {target for target in LINK.findall(text) if not target.startswith("README")},
        )

    assert named("README.md") == named("README.ja.md")


@pytest.mark.parametrize("readme", READMES)
def test_a_readme_leads_to_every_page(readme):
    led_to = set(LINK.findall((ROOT / readme).read_text(encoding="utf-8")))
    pages = {str(page.relative_to(ROOT)) for page in PAGES if "docs" in page.parts}
    assert pages - {"docs/index.md"} <= led_to


def test_the_index_of_the_documentation_has_every_page():
    # One that it lacks is a warning, which ends `make docs`.
    docs = ROOT / "docs"
    trees = re.findall(r"```{toctree}\n(.*?)```", (docs / "index.md").read_text("utf-8"), re.DOTALL)
    listed = [line for tree in trees for line in tree.split() if "/" in line]
    pages = {str(page.relative_to(docs).with_suffix("")) for page in PAGES if docs in page.parents}
    assert sorted(listed) == sorted(pages - {"index"})


def test_nothing_in_the_project_names_a_registry_or_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert "README.md\0" in listed.stdout
    for name in listed.stdout.split("\0"):
        file = ROOT / name
        if name and file.is_file():
            text = file.read_text(encoding="utf-8", errors="ignore")
            found = UNSAID.search(text)
            assert found is None or file == Path(__file__), f"{name}: {found}"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is needed to list the files")
def test_no_generated_documentation_is_tracked():
    listed = subprocess.run(
        ["git", "ls-files", "docs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    tracked = listed.stdout.splitlines()
    assert tracked
    assert [name for name in tracked if name.startswith("docs/_build")] == []
