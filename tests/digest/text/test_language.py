"""The language of a question, from a handful of words."""

import pytest

from digest.text.language import detect_language, is_language_option, primary_tag


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("ja", "画像生成におけるLoRAの技術トレンドを網羅的に知りたい"),
        ("ja", "Transformer の効率化"),
        ("zh", "图像生成中的LoRA技术趋势"),
        ("ko", "이미지 생성을 위한 LoRA"),
        ("ru", "нейросети для распознавания речи"),
        ("uk", "нейромережі для розпізнавання мовлення"),
        ("el", "νετρίνα και σκοτεινή ύλη"),
        ("ar", "التعرف على الكلام"),
        ("he", "זיהוי דיבור"),
        ("hi", "वाक् पहचान"),
        ("th", "การรู้จำเสียงพูด"),
        ("de", "Welche Rolle spielt LoRA bei der Bildgenerierung?"),
        ("de", "Forschung zu 3D-Rekonstruktion"),
        ("fr", "Quelles sont les tendances de LoRA pour la génération d'images ?"),
        ("fr", "recherche sur la reconnaissance vocale"),
        ("es", "¿Cuáles son las tendencias de LoRA en la generación de imágenes?"),
        ("pt", "Quais são as tendências do LoRA na geração de imagens?"),
        ("it", "Quali sono le tendenze di LoRA nella generazione di immagini?"),
        ("en", "Please give me a new overview about de la Cruz and del Rio"),
    ],
)
def test_languages_are_recognised(tag, text):
    assert detect_language(text) == tag


@pytest.mark.parametrize(
    ("tag", "texts"),
    [
        ("ja", "強化学習 音声認識 機械翻訳 自然言語処理 異常検知 深層学習 物体検出 連合学習 対照学習 LoRAの気 気象"),
        ("zh", "强化学习 深度学习 知识蒸馏 语音识别 图像生成"),  # simplified
        ("zh", "強化學習 深度學習 知識蒸餾 語音辨識 圖像生成 綫性回歸"),  # traditional
        ("zh", "画像生成 知識蒸留 推薦 生成模型"),  # of both tongues: nothing proves Japanese
    ],
)
def test_kanji_alone_are_japanese_where_their_shapes_prove_it(tag, texts):
    assert {text: detect_language(text) for text in texts.split()} == dict.fromkeys(texts.split(), tag)


@pytest.mark.parametrize(
    "text",
    [
        "LoRA",
        "",
        "LoRA for image generation",
        "de novo protein design",
        "El Niño forecasting",
        "de Sitter space",
        "convergence of de la Vallée Poussin means",
        "β-decay of λ hyperons",
        "in vivo and in silico models per capita",
        "Die casting of aluminium",
        "Las Vegas algorithms",
    ],
)
def test_technical_english_stays_english(text):
    assert detect_language(text) == "en"


def test_tags():
    assert all(map(is_language_option, ["auto", "en", "ja", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419", "EN"]))
    assert not any(
        map(is_language_option, ["", "english", "jp", "e", "en_US", "en-", "pt-BRA", "auto ", "en\n", "xx", "日本語"])
    )


@pytest.mark.parametrize(
    ("tag", "primary"), [("ja", "ja"), ("ja-JP", "ja"), ("PT_br", "pt"), ("zh-Hant-TW", "zh"), ("", "")]
)
def test_the_primary_tag_is_the_language_alone(tag, primary):
    assert primary_tag(tag) == primary
