"""Runs modules of CPython's own test suite and says of each case what came out, a line each on standard output:

    case <TAB> outcome <TAB> why

with pass, fail or skip for an outcome. What the tests themselves write goes to standard error. A case that was begun and of
which nothing was said ended the interpreter.
"""
import faulthandler
import importlib
import os
import sys
import tempfile
import unittest

# Tests start programs that write to what they inherit.
answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
os.dup2(2, 1)
faulthandler.enable()

from test import support  # noqa: E402

support.verbose = 0
# Neither what takes long nor what needs a network or a screen.
support.use_resources = ["subprocess"]


def say(case, outcome, why=""):
    line = " ".join(str(why).split())[-300:]
    answers.write(f"{case}\t{outcome}\t{line}\n")


def without(suite, names):
    """The cases of a suite of which none of the names is a part."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from without(test, names)
        elif not any(name in test.id() for name in names):
            yield test


def last_words(error):
    return f"{error[0].__name__}: {error[1]}"


class Cases(unittest.TextTestResult):
    def __init__(self, stream, *_):
        super().__init__(stream, False, 0)
        self.buffer = True

    def startTest(self, test):
        super().startTest(test)
        say(test.id(), "begin")

    def addSuccess(self, test):
        super().addSuccess(test)
        say(test.id(), "pass")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        say(test.id(), "pass")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        say(test.id(), "fail", "unexpected success")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        say(test.id(), "skip", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        say(test.id(), "fail", last_words(err))

    def addError(self, test, err):
        super().addError(test, err)
        say(test.id(), "fail", last_words(err))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            say(test.id(), "fail", last_words(err))


def run(name, left_out):
    def run_suite(suite):
        unittest.TestSuite(without(suite, left_out))(Cases(unittest.runner._WritelnDecorator(sys.stderr)))

    # Older versions have modules that put their cases together themselves and hand them to this.
    support._run_suite = run_suite
    try:
        module = importlib.import_module("test." + name)
        if hasattr(module, "test_main"):
            module.test_main()
        else:
            loader = unittest.TestLoader()
            suite = loader.loadTestsFromModule(module)
            for error in loader.errors:
                say(name, "fail", error)
            run_suite(suite)
    except unittest.SkipTest as skip:
        say(name, "skip", skip)
    except BaseException as error:
        say(name, "fail", f"{type(error).__name__}: {error}")
    else:
        say(name, "pass")


with tempfile.TemporaryDirectory(prefix="cases") as directory:
    os.chdir(directory)
    run(sys.argv[1], sys.argv[2:])
    os.chdir("/")
