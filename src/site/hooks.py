"""What mkdocs can't do by itself: GitHub's names of headings, and links from code to the Javadoc."""

import pathlib
import re

SITE = pathlib.Path(__file__).resolve().parents[2] / "target"
CODE = re.compile(r"<pre.*?</pre>|<a .*?</a>|<h\d.*?</h\d>|<code>([A-Z]\w+(?:\.[A-Z]\w+)*)(?:\.([a-z]\w*)(?:\([^<]*\))?)?</code>", re.S)


def slug(text, separator):
    """The name that GitHub gives a heading, which is what links between pages use."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", separator)


def on_config(config):
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slug
    return config


def public_types():
    """The pages of the Javadoc by the name of the type, such as Namespaces.Builder."""
    found = {}
    for page in sorted((SITE / "reports/apidocs/dev.sandjar").rglob("*.html")):
        if page.name[0].isupper() and not {"class-use"} & set(page.parts):
            # What two packages have cannot be linked by its short name.
            found[page.stem] = None if page.stem in found else page
    return {name: page for name, page in found.items() if page}


TYPES = public_types()
MEMBERS = {}


def members(page):
    if page not in MEMBERS:
        MEMBERS[page] = re.findall(r'id="([a-z]\w*\([^"]*\))"', page.read_text(encoding="utf-8"))
    return MEMBERS[page]


def on_page_content(html, page, **_):
    up = "../" * page.file.dest_path.count("/")

    def link(match):
        name, method = match.group(1), match.group(2)
        target = TYPES.get(name)
        if not name or target is None:
            return match.group(0)
        where = up + "apidocs/" + target.relative_to(SITE / "reports/apidocs").as_posix()
        if method:
            anchor = next((each for each in members(target) if each.startswith(method + "(")), None)
            if anchor is None:
                return match.group(0)
            where += "#" + anchor
        return f'<a href="{where}">{match.group(0)}</a>'

    return CELL.sub(breakable, CODE.sub(link, html))


CELL = re.compile(r"<td.*?</td>", re.S)


def breakable(cell):
    """Names in the cells of tables may be broken after what joins their parts, so that columns stay narrow."""
    return re.sub(r">[^<]+", lambda text: re.sub(r"(?<=\w)([._/(])(?=\w)", r"\1<wbr>", text.group(0)), cell.group(0))
