from pathlib import Path
from tests.usecases.packs import exported, judged
from tests.usecases.promoted import SECOND, promoted, promoted_folder
from weighbridge.packing.evidence_pack import read_pack
def test_dump(promoted):
    pack = exported(promoted, SECOND)
    found = judged(promoted, pack)
    Path('/tmp/we_dump/pack.tar').write_bytes(pack)
    for n in ('report.html','controls.json','manifest.json', 'environment.json'):
        Path('/tmp/we_dump/'+n).write_bytes(read_pack(pack)[0][n])
    Path('/tmp/we_dump/log.pub').write_text(promoted.registry.log_key+'\n')
    assert found.problems == ()
