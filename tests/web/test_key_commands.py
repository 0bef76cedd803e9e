"""The commands about keys: their number, and a new month that leaves everything readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import keys
from tests.web.test_admin_commands import create, run


def test_keys_are_counted_and_wrapped_anew_once_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create(tmp_path, "望海市总工会", "王主任")[1].close()
    said, house = run(tmp_path, "keys", "status")
    house.close()
    assert "在用 1 把，已销毁 0 把" in said.output
    said, house = run(tmp_path, "keys", "rotate")
    house.close()
    assert "本月已经换过" in said.output
    monkeypatch.setattr(keys, "month", lambda: "2999-01")
    said, house = run(tmp_path, "keys", "rotate")
    assert "1 把密钥已用 2999-01 期重新包裹" in said.output
    house.close()
    said, house = run(tmp_path, "verify")
    assert "一致" in said.output
    assert any(getattr(one.event, "name", "") == "王主任" for one in house.ledger.replay())
    assert "没有剩下的了" in run(tmp_path, "keys", "sweep")[0].output
    house.close()
