"""Globals that are known to run code, so that a finding can say more than "unknown".

Nothing depends on this list being complete: what is on no list is never clean.
"""

from __future__ import annotations

HARMFUL_PACKAGES = (
    "_aix_support _ctypes _frozen_importlib _frozen_importlib_external _imp _interpreters _io "
    "_osx_support _pickle _posixsubprocess _pyrepl _socket _testcapi _thread _winapi aiohttp "
    "antigravity asyncio atexit bdb cPickle cProfile cffi code codeop commands concurrent "
    "ctypes dbm distutils doctest ensurepip fileinput ftplib gc glob http httpx idlelib "
    "imaplib imp importlib inspect lib2to3 linecache marshal mmap msvcrt multiprocessing "
    "nntplib nt os paramiko pdb pexpect pickle pip pkgutil platform popen2 poplib posix "
    "profile pty pydoc requests runpy select setuptools shelve shutil signal site smtplib "
    "socket socketserver sqlite3 ssl subprocess sys sysconfig telnetlib tempfile test "
    "threading timeit trace turtle urllib urllib2 urllib3 venv webbrowser winreg xmlrpc "
    "zipimport"
)
"""Whatever is taken from these packages: they run commands, open files and sockets, load code, or
load further pickles."""

HARMFUL_MODULES = (
    "logging.config",
    "numpy.ctypeslib",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed",
    "torch.fx.experimental",
    "torch.hub",
    "torch.jit",
    "torch.package",
    "torch.testing",
    "torch.utils.bottleneck",
    "torch.utils.collect_env",
    "torch.utils.cpp_extension",
    "torch.utils.data.datapipes",
)
"""The same for modules of packages that are not all harmful, and what lies below them."""

HARMFUL: dict[str, str] = {
    "_operator": "attrgetter methodcaller",
    "builtins": (
        "__build_class__ __import__ apply breakpoint compile delattr dir eval exec execfile exit "
        "file getattr globals help input locals open print quit raw_input reload setattr vars"
    ),
    "cloudpickle": "load loads",
    "cloudpickle.cloudpickle": "dynamic_subimport load loads subimport",
    "dill": "load loads",
    "dill._dill": "_import_module load loads",
    "io": "FileIO OpenWrapper open open_code",
    "joblib": "load",
    "joblib.numpy_pickle": "load",
    "logging": "FileHandler",
    "numpy": "fromfile load loadtxt memmap save savetxt savez",
    "numpy.lib._npyio_impl": "load",
    "numpy.lib.npyio": "load",
    "operator": "attrgetter methodcaller",
    "pandas": "eval read_pickle",
    "pandas.io.pickle": "read_pickle",
    "torch": "load save",
    "torch.serialization": "load save",
    "types": "CodeType FunctionType MethodType",
    "uuid": "_get_command_stdout _popen",
    "yaml": "full_load load unsafe_load",
}
"""Module to the names in it that run code."""

DESERIALISERS: dict[str, str] = {
    "_pickle": "Unpickler load loads",
    "cPickle": "Unpickler load loads",
    "cloudpickle": "load loads",
    "cloudpickle.cloudpickle": "load loads",
    "dill": "load loads",
    "dill._dill": "load loads",
    "joblib": "load",
    "joblib.numpy_pickle": "load",
    "marshal": "load loads",
    "numpy": "load",
    "numpy.lib._npyio_impl": "load",
    "numpy.lib.npyio": "load",
    "pandas": "read_pickle",
    "pandas.io.pickle": "read_pickle",
    "pickle": "Unpickler _Unpickler _load _loads load loads",
    "shelve": "open",
    "skops.io": "load loads",
    "torch": "load",
    "torch.serialization": "_legacy_load _load load",
    "yaml": "full_load load unsafe_load",
}
"""Module to the names in it that load a further program from what they are given."""
