"""Questions as people ask them, in five languages and more, and the record that each gives."""

from __future__ import annotations

import pytest

from store.records.questions import StructuredQuestion
from tests.digest.question.test_understand import read

# question => usual form of each concept | what else the record has
QUESTIONS = r"""
Diffusionsmodelle ohne Proteine => diffusion models | not: proteins | language: de
Gib mir einen Überblick über Quantenfehlerkorrektur auf Deutsch => quantum error correction | language: de
détection de fraude sans apprentissage profond => fraud detection | not: deep learning | language: fr
últimos avances en computación cuántica desde 2021 => quantum computing | since: 2021-01-01 | language: es
traducción automática para idiomas con pocos recursos => machine translation; low-resource languages | language: es
20 papers on diffusion models in Japanese => diffusion models | papers: 20 | language: ja
papers by Geoffrey Hinton and Yann LeCun on deep learning => deep learning | by: Geoffrey Hinton; Yann LeCun
What did Yann LeCun write on self-supervised learning? => self-supervised learning | by: Yann LeCun
quantum computing in quant-ph, excluding error correction => quantum computing | not: error correction | in: quant-ph
retrieval augmented generation in cs.CL this month => retrieval-augmented generation | in: cs.CL | since: 2026-11-01
https://arxiv.org/abs/1706.03762v5 =>  | ids: 1706.03762
doi:10.1103/PhysRevLett.116.061102 gravitational waves => gravitational waves | ids: 10.1103/PhysRevLett.116.061102
learning without forgetting => learning without forgetting
model compression, not quantization => model compression | not: quantization
image generation without GANs => image generation | not: generative adversarial networks; GAN
why do transformers not generalize to longer sequences? => transformers; generalization; longer sequences
拡散モデルによる画像生成、動画を除く => diffusion models; image generation | not: video | language: ja
大语言模型在医学中的应用 => large language models; medicine | language: zh
用于药物发现的图神经网络 => drug discovery; graph neural networks | language: zh
日本語で強化学習の論文を10件教えて => reinforcement learning | papers: 10 | language: ja
深層学習を用いた医用画像診断について => deep learning; medical image diagnosis | language: ja
医学影像分割的深度学习方法 => medical image segmentation; deep learning | language: zh
请介绍一下机器人抓取的最新研究进展 => robot grasping | language: zh
ニューラルネットワークのBERTを除く言語モデル => neural networks; language models | not: BERT | language: ja
トランスフォーマーを使わない画像認識 => image recognition | not: transformer | language: ja
ロボットの把持計画に関する最近5年間の論文 => robot; grasp planning | since: 2021-11-23 | language: ja
3D生成とGaussian Splattingの比較 => 3D generation; Gaussian Splatting | language: ja
WHAT IS THE LATEST ON GRAPH NEURAL NETWORKS FOR CHEMISTRY? => graph neural networks; chemistry
methods that don't use reinforcement learning for LLM alignment => LLM alignment | not: reinforcement learning; RL
theory of mind in language models => theory of mind; language models
papers from 2021 to 2019 on BERT => BERT | since: 2021-01-01 | until: 2020-01-01
arXiv:2301.00001 and similar =>  | ids: 2301.00001
cat:cs.RO grasping => grasping | in: cs.RO
how to detect machine-generated text => detection; machine-generated text
what's hot in hep-th these days =>  | in: hep-th
Is distillation better than pruning for speech recognition? => distillation; pruning; speech recognition
GPT-4 vs Llama-2 for code generation => GPT-4; Llama-2; code generation
which is better for protein design, diffusion or flow matching => protein design; diffusion; flow matching
crystal structure prediction with no DFT => crystal structure prediction | not: density functional theory; DFT
language models in law, other than contract review => language models; law | not: contract review
gravitational waves from neutron stars apart from black holes => gravitational waves; neutron stars | not: black holes
image captioning but not video captioning, since 2020 => image captioning | not: video captioning | since: 2020-01-01
graph transformers except for molecules and materials => graph transformers | not: molecules; materials
robot learning from human videos in cs.RO, 15 papers => robot learning; human videos | in: cs.RO | papers: 15
up to 30 papers on world models => world models | papers: 30
papers by van der Maaten on dimensionality reduction => dimensionality reduction | by: van der Maaten
work from Jürgen Schmidhuber about recurrent networks => recurrent networks | by: Jürgen Schmidhuber
hep-th/9711200 =>  | ids: hep-th/9711200
https://arxiv.org/pdf/2303.08774.pdf =>  | ids: 2303.08774
https://doi.org/10.1038/s41586-021-03819-2 =>  | ids: 10.1038/s41586-021-03819-2
arXiv:1706.03762v7 and arXiv:1810.04805 =>  | ids: 1706.03762; 1810.04805
answer in German: how do vision transformers scale? => vision transformers scale | language: de
speech recognition in Japanese => speech recognition; Japanese
quantum error correction, in Spanish please => quantum error correction | language: es
künstliche Intelligenz in der Schule => artificial intelligence; school | language: de
traduction automatique des langues peu dotées => machine translation; low-resource languages | language: fr
¿Cómo se usan los drones en la agricultura? => unmanned aerial vehicles; agriculture | language: es
trabajos de Yoshua Bengio sobre aprendizaje profundo => deep learning | by: Yoshua Bengio | language: es
医療における大規模言語モデルの安全性 => healthcare; large language models; safety | language: ja
2024年以降の自動運転の論文を20件 => autonomous driving | since: 2024-01-01 | papers: 20 | language: ja
量子コンピュータによる創薬 => quantum computer; drug discovery | language: ja
強化学習を用いたロボットの歩行 => reinforcement learning; robot; walking | language: ja
知识图谱在金融中的应用 => knowledge graphs; finance | language: zh
过去两年扩散模型在分子生成方面的进展 => diffusion models; molecular generation | since: 2024-11-22 | language: zh
不包括图像的多模态学习 => multimodal learning | not: image | language: zh
气候变化对农业的影响 => climate change; agriculture | language: zh
Quantencomputer in der Chemie, 5 Arbeiten => quantum computers; chemistry | papers: 5 | language: de
Vorhersage der Proteinstruktur => protein structure prediction | language: de
détection des objets dans les images satellites => object detection; satellite images | language: fr
Hinton 的论文 =>  | by: Hinton | language: zh
articles by Fei-Fei Li and J. Deng on image classification => image classification | by: Fei-Fei Li; J. Deng
papers by geoffrey hinton on capsule nets => capsule nets | by: Geoffrey Hinton
effect of label noise on calibration => label noise; calibration
difference between DPO and RLHF => direct preference optimization; reinforcement learning from human feedback
how to reduce hallucination in medical chatbots without retraining => hallucination; medical chatbots; retraining
are there any surveys on graph neural networks for chip design? => graph neural networks; chip design
What has Kaiming He published since 2022? =>  | by: Kaiming He | since: 2022-01-01
10 most cited papers on contrastive learning => contrastive learning | papers: 10
Gibt es neue Arbeiten zu Batterien mit Festelektrolyt? => batteries; solid electrolytes | language: de
estudios sobre el sesgo de género en modelos de lenguaje => gender bias; language models | language: es
Busco trabajos sobre robots que cocinan => robots; cooking | language: es
グラフニューラルネットワークを用いた創薬の論文を探しています => graph neural networks; drug discovery | language: ja
大規模言語モデルの推論を高速化する方法は？ => large language models; inference; acceleration | language: ja
小児の喘息に対する機械学習の応用 => pediatric; asthma; machine learning | language: ja
如何检测大语言模型的幻觉？ => detection; large language models; hallucination | language: zh
基于深度学习的地震预测，2020年以后 => deep learning; earthquake prediction | since: 2020-01-01 | language: zh
联邦学习和差分隐私的结合 => federated learning; differential privacy | language: zh
强化学习在金融交易中的应用，不要股票 => reinforcement learning; finance trading | not: stocks | language: zh
redes neuronales => neural networks | language: es
deep learning en médecine => deep learning; medicine | language: fr
exoplanet atmosphere retrieval with JWST => exoplanet atmosphere retrieval; JWST
Yann LeCunの自己教師あり学習の論文 => self-supervised learning | by: Yann LeCun | language: ja
learning to rank for e-commerce search => learning to rank; e-commerce search
sim to real transfer for robot grasping => sim to real transfer; robot grasping
neural networks (not transformers) for weather => neural networks; weather | not: transformers
US elections misinformation => US elections misinformation
detección de exoplanetas => exoplanet detection | language: es
Wie gut sind LLMs beim Programmieren? => large language models; programming | language: de
diffusion models published after March 2024 => diffusion models | since: 2024-04-01
papers published in 2024 on image captioning => image captioning | since: 2024-01-01 | until: 2025-01-01
diffusion models submitted before June 2024 => diffusion models | until: 2024-06-01
les 5 meilleurs articles sur LoRA => low-rank adaptation | papers: 5 | language: fr
les articles sur LoRA depuis 2023 => low-rank adaptation | since: 2023-01-01 | language: fr
first 5 eigenvalues of random graphs => first 5 eigenvalues; random graphs
top 1 accuracy of vision transformers => top 1 accuracy; vision transformers
papers like 2006.11239 but for audio => audio | ids: 2006.11239
"""


def describe(record: StructuredQuestion) -> str:
    """The record as the table above writes it."""
    limits = record.limits
    parts = {
        "not": "; ".join(limits.exclude),
        "by": "; ".join(limits.authors),
        "in": "; ".join(limits.categories),
        "since": limits.since and f"{limits.since:%Y-%m-%d}",
        "until": limits.until and f"{limits.until:%Y-%m-%d}",
        "papers": record.max_papers,
        "ids": "; ".join(record.paper_ids),
        "unknown": "; ".join(record.not_understood),
        "language": record.language if record.language != "en" else "",
        "typed": "; ".join(f"{one.typed} > {one.used}" for one in record.corrections),
    }
    concepts = "; ".join(concept.forms[0] for concept in record.concepts)
    return " | ".join([concepts, *(f"{name}: {value}" for name, value in parts.items() if value)])


@pytest.mark.parametrize("line", QUESTIONS.strip().splitlines())
def test_a_question_gives_this_record(line: str) -> None:
    question, _, expected = line.partition(" => ")
    assert describe(read(question)) == expected
