"""Looks whether every link from a page of the site to a page of it, to a file or to the Javadoc leads somewhere, heading and method too."""

import pathlib
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.ids.add(value)


def main(site):
    pages = {}

    def page(path):
        if path not in pages:
            pages[path] = Page(path)
        return pages[path]

    checked, javadoc, wrong = 0, 0, []
    for path in sorted(site.rglob("*.html")):
        if "apidocs" in path.relative_to(site).parts or path.name == "404.html":
            continue
        for link in sorted(page(path).links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            checked += 1
            javadoc += "apidocs" in target.parts
            if target.is_dir():
                target = target / "index.html"
            if not target.is_file():
                wrong.append(f"{path.relative_to(site)}: {link}: there is no such file")
            elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in page(target).ids:
                wrong.append(f"{path.relative_to(site)}: {link}: nothing has that id")
    for each in wrong:
        print(each, file=sys.stderr)
    if checked < 1000 or javadoc < 100:
        sys.exit(f"only {checked} links were found, {javadoc} of them to the Javadoc: that can't be all")
    print(f"{checked} links lead somewhere, {javadoc} of them to the Javadoc" if not wrong else f"{len(wrong)} links lead nowhere")
    sys.exit(1 if wrong else 0)


main(pathlib.Path(sys.argv[1]))
