"""The README's picture of the archive, drawn anew: a store of the bundled sample, its start page in Chromium.

python -m bench.picture docs/archive.png
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from digest.model_names import BUILTIN
from digest.pipeline.services import DigestRequest, SurveyRequest
from digest.run_context import RunContext
from paperroute.cli.demo import SINCE, SLOT, TOPIC
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from paperroute.config.models import ROLES
from web.server import WebService
from web.settings import WebSettings

ASKED = ("Speech translation", "Text-to-image diffusion models", "Low-rank adaptation", "LoRA for image generation")
TOPICS = [TOPIC, {"slug": "image-generation", "title": "Image generation", "question": "Image generation"}]


def main(output: Path) -> None:
    browser = shutil.which("chromium") or sys.exit("There is no chromium here.")
    with tempfile.TemporaryDirectory() as folder:
        config = Config.model_validate(
            {
                "store": {"path": Path(folder) / "paperroute.db"},
                "source": {"kind": "sample"},
                "models": dict.fromkeys(ROLES, BUILTIN),
                "topics": TOPICS,
            }
        )
        with open_app(config) as app:
            app.digest(DigestRequest(str(TOPIC["slug"]), SLOT, SINCE), RunContext())
            for question in ASKED:
                app.survey(SurveyRequest(question), RunContext())
            service = WebService(WebSettings(app.store, version="0.1.0"), port=0)
            service.start()
            options = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/b",
            ]
            size, shot = "--window-size=1100,1420", f"--screenshot={output.absolute()}"
            subprocess.run([browser, *options, size, shot, service.url], check=True, capture_output=True, timeout=60)
            service.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
