from __future__ import annotations
from tests.usecases.cast import *
def show(r): print("\n$", r.code); print(r.out[:3000]); print("ERR", r.err[:3000])
def test_x(cast: Cast, capsys):
    out=[]
    def s(*w, **k):
        r = cast(*w, **k); out.append((w,k,r)); return r
    s("registry","status")
    s("registry","status","--output-format=json")
    s("sign",RELEASE,by="bea")
    s("sign",".",by="carl")
    s("sign",RELEASE,by="dora")
    s("verify",RELEASE)
    s("verify",".","--output-format=json")
    s("check",RELEASE,"--sign",by="carl")
    s("check",RELEASE,"--sign",by="bea")
    cast.trust("mia","ml-lead",by="ann")
    out.append(("tr",{},cast.trust("mia","ml-lead",by="ann")))
    s("registry","status")
    out.append(("tr",{},cast.trust("mia","ml-lead",by="carl")))
    out.append(("tr",{},cast.trust("mia","ml-lead","--output-format=json",by="ben")))
    s("log","show"); s("log","verify","--deep"); s("registry","fsck")
    s("log","prove","3")
    with capsys.disabled():
        for w,k,r in out:
            print("$",*w,k); show(r)
