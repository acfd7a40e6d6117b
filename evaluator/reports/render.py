"""Templates of Word documents and pages, rendered in a sandbox: data never becomes markup, a broken template becomes one sentence.

Word templates are docxtpl's (``{{ … }}``, ``{%p … %}``, ``{%tr … %}``). docxtpl reads and compiles a template anew for each document;
here it is compiled once and rendered as often as there are branches. The bytes depend on nothing but template and data.
"""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.parsers import expat

from docxtpl import DocxTemplate
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from evaluator import data_dir
from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.messages import Language, say

__all__ = ["PageTemplate", "WordTemplate", "environment", "find_template"]

RENDERED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml|docProps/core\.xml")
TOGETHER = (("feedback", "report", "notice", "internal", "dashboard"), ("handbook", "quiz"))  # templates that one folder may hold
TAG = re.compile(r"<[^>]+>")
EPOCH = (1980, 1, 1, 0, 0, 0)
# What XML 1.0 cannot hold, not even escaped.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Jinja lets through whatever an expression of a template raises.
RAISED = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def find_template(templates: Path | None, name: str) -> Path:
    """Return the user's file ``name`` (``feedback/feedback.docx``) where there is one, else the shipped one.

    Raises:
        Failure: ``templates`` is not a folder.
    """
    if templates is not None and not templates.is_dir():
        kind = name.partition("/")[0]
        folders = next((some for some in TOGETHER if kind in some), (kind,))
        raise Failure([Diagnostic("documents.E901", Place(str(templates)), {"folders": say("conditions.list").join(folders)})])
    own = templates / name if templates else None
    return own if own is not None and own.is_file() else data_dir("templates") / name


def environment(lang: Language) -> ImmutableSandboxedEnvironment:
    """Return the environment of every template: sandboxed, escaping, strict, with ``word(name)`` for the texts of documents."""
    env = ImmutableSandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: UNWRITABLE.sub("", value) if type(value) is str else value,
    )
    env.globals = {"lang": lang, "word": lambda name, **values: say(f"documents.{name}", lang, **values), "range": env.globals["range"]}
    return env


class WordTemplate:
    """A Word document with placeholders.

    Raises:
        Failure: the file cannot be read, is no Word document, breaks Jinja's grammar, or uses names that are not in ``known``.
    """

    def __init__(self, path: Path, lang: Language, known: Collection[str]) -> None:
        self.path = path
        self.docx = DocxTemplate(path)
        try:
            with zipfile.ZipFile(path) as archive:
                self.parts = {name: archive.read(name) for name in archive.namelist()}
            sources = {name: self.parts[name].decode("utf-8") for name in self.parts if RENDERED.fullmatch(name)}
        except (OSError, RuntimeError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error):
            raise self._failure("E902") from None
        if "word/document.xml" not in sources:
            raise self._failure("E902")
        self.by_column = {name for name, source in sources.items() if "{%tc" in TAG.sub("", source)}
        env = environment(lang)
        try:
            patched = {name: self.docx.patch_xml(source) for name, source in sources.items()}
            unknown = {name for source in patched.values() for name in meta.find_undeclared_variables(env.parse(source))}
            self.compiled = {name: env.from_string(source) for name, source in patched.items()}
        except TemplateSyntaxError as error:
            raise self._failure("E903", reason=error.message or "") from None
        unknown -= {*known, *env.globals}
        if unknown:
            raise Failure([self._finding("E904", name=name, known="、".join(sorted(known))) for name in sorted(unknown)])

    def render(self, values: Mapping[str, Any], path: Path) -> None:
        """Write the document made of ``values``.

        Raises:
            Failure: a placeholder has no value or is not allowed, the result is no document, or the file cannot be written.
        """
        made = dict(self.parts)
        for name, template in self.compiled.items():
            with _told(self.path):
                text = self.docx.resolve_listing(template.render(values))
            made[name] = self._checked(name, text)
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in made.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(buffer.getvalue())
        except OSError as error:
            raise Failure([Diagnostic("store.E305", Place(str(path)), {"reason": reason(error)})]) from error

    def _checked(self, name: str, text: str) -> bytes:
        content = text.encode("utf-8")
        try:
            expat.ParserCreate().Parse(content, True)
        except expat.ExpatError as error:
            raise self._failure("E908", reason=str(error)) from None
        return self.docx.xml_to_string(self.docx.fix_tables(content), "utf-8") if name in self.by_column else content

    def _finding(self, code: str, **values: Any) -> Diagnostic:
        return Diagnostic(f"documents.{code}", Place(str(self.path)), values)

    def _failure(self, code: str, **values: Any) -> Failure:
        return Failure([self._finding(code, **values)])


class PageTemplate:
    """A page of text, made of ``name`` and the pieces in its folder; the user's own files go before the shipped ones.

    Raises:
        Failure: ``templates`` is not a folder, or a file breaks Jinja's grammar or cannot be read.
    """

    def __init__(self, templates: Path | None, name: str, lang: Language) -> None:
        self.path = find_template(templates, name)
        folders = [folder for folder in (templates, data_dir("templates")) if folder]
        loader = FileSystemLoader([(folder / name).parent for folder in folders])
        env = environment(lang)
        env.loader = loader
        env.trim_blocks = env.lstrip_blocks = True
        env.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
        # Style and script belong to the template: they are put in as they stand.
        env.globals["piece"] = lambda piece: Markup(loader.get_source(env, piece)[0])
        try:
            self.compiled = env.get_template(self.path.name)
        except UnicodeDecodeError:
            raise self._failure("E909") from None
        except TemplateError as error:
            raise self._failure("E903", reason=error.message or "") from None

    def render(self, values: Mapping[str, Any], path: Path) -> None:
        """Write the page made of ``values``.

        Raises:
            Failure: a placeholder has no value or is not allowed.
        """
        with _told(self.path):
            text = self.compiled.render(values)
        path.write_bytes(text.encode("utf-8", "replace"))

    def _failure(self, code: str, **values: Any) -> Failure:
        return Failure([Diagnostic(f"documents.{code}", Place(str(self.path)), values)])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn whatever rendering raises into one sentence about the template."""
    try:
        yield
    except SecurityError as error:
        code, reason = "E905", str(error)
    except UndefinedError as error:
        code, reason = "E906", str(error)
    except RAISED as error:
        code, reason = "E907", f"{type(error).__name__}: {error}"
    else:
        return
    raise Failure([Diagnostic(f"documents.{code}", Place(str(path)), {"reason": reason})])
