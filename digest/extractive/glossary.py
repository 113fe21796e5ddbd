"""Glossary: Japanese and Chinese research terms -> English; abbreviations -> their words.

Invariant: every term means the same in any question, so that it may be put in place without reading the rest; a line
is the English words, a colon, and the terms (simplified and traditional characters each where they differ).
"""

from __future__ import annotations

import re
import unicodedata

_GLOSSARY = """
# images and video
image generation: 画像生成 图像生成 圖像生成 图片生成
image recognition: 画像認識 图像识别 圖像辨識
image classification: 画像分類 图像分类 圖像分類
image segmentation: 画像分割 画像セグメンテーション 图像分割 圖像分割
semantic segmentation: 意味的領域分割 セマンティックセグメンテーション 语义分割 語義分割
instance segmentation: インスタンスセグメンテーション 实例分割
image editing: 画像編集 图像编辑 圖像編輯
image restoration: 画像復元 图像复原 图像修复
image captioning: 画像キャプション生成 画像説明文生成 图像描述 图像字幕
image retrieval: 画像検索 图像检索 圖像檢索
image processing: 画像処理 图像处理 影像處理
medical imaging: 医用画像 医療画像 医学图像 医学影像 醫學影像
super-resolution: 超解像 超解像度 超分辨率 超解析度
denoising: ノイズ除去 雑音除去 デノイジング 去噪 降噪
object detection: 物体検出 物体検知 目标检测 物體偵測 目標檢測
object tracking: 物体追跡 物体追従 目标跟踪 目標追蹤
pose estimation: 姿勢推定 姿态估计 姿態估計
depth estimation: 深度推定 奥行き推定 深度估计
optical flow: オプティカルフロー 光流
face recognition: 顔認識 顔認証 人脸识别 人臉辨識
action recognition: 行動認識 動作認識 动作识别 行为识别
video generation: 動画生成 映像生成 视频生成 影片生成
video understanding: 動画理解 映像理解 视频理解
text-to-image: テキストから画像 文生图 文本生成图像 文本到图像
style transfer: 画風変換 スタイル変換 スタイルトランスファー 风格迁移
computer vision: コンピュータビジョン コンピュータ・ビジョン コンピュータービジョン 计算机视觉 電腦視覺
anomaly detection: 異常検知 異常検出 异常检测 異常偵測
point cloud: 点群 点云 點雲
3D reconstruction: 3次元再構成 3次元復元 3D再構成 3D復元 3维重建 3D重建 3維重建
3D generation: 3次元生成 3D生成 3维生成
neural radiance fields: ニューラル輝度場 神经辐射场 神經輻射場
Gaussian splatting: ガウシアンスプラッティング ガウススプラッティング 高斯泼溅 高斯溅射
novel view synthesis: 新規視点合成 自由視点画像生成 新视角合成
visual question answering: 視覚的質問応答 视觉问答
remote sensing: リモートセンシング 遠隔探査 遥感 遙感
# language and speech
large language models: 大規模言語モデル 大语言模型 大型语言模型 大型語言模型 大規模語言模型
language models: 言語モデル 语言模型 語言模型
vision-language models: 視覚言語モデル 视觉语言模型 視覺語言模型
foundation models: 基盤モデル 基础模型 基礎模型
natural language processing: 自然言語処理 自然语言处理 自然語言處理
machine translation: 機械翻訳 机器翻译 機器翻譯
speech recognition: 音声認識 语音识别 語音辨識 語音識別
speech synthesis: 音声合成 语音合成 語音合成
speech enhancement: 音声強調 语音增强 語音增強
speaker recognition: 話者認識 说话人识别 說話人識別
speaker diarization: 話者ダイアライゼーション 話者分離 说话人日志
voice conversion: 声質変換 语音转换
emotion recognition: 感情認識 情動認識 情感识别 情緒辨識
sentiment analysis: 感情分析 センチメント分析 情感分析
question answering: 質問応答 问答系统 問答系統 问答
text summarization: 文書要約 自動要約 テキスト要約 文本摘要 自动摘要
text generation: テキスト生成 文章生成 文本生成
text classification: テキスト分類 文書分類 文本分类
information retrieval: 情報検索 信息检索 資訊檢索
information extraction: 情報抽出 信息抽取 資訊擷取
retrieval-augmented generation: 検索拡張生成 检索增强生成 檢索增強生成
named entity recognition: 固有表現抽出 固有表現認識 命名实体识别
dialogue systems: 対話システム 対話型AI 对话系统 對話系統
knowledge graphs: 知識グラフ ナレッジグラフ 知识图谱 知識圖譜
prompt engineering: プロンプトエンジニアリング 提示工程 提示词工程
hallucination: ハルシネーション 幻覚 幻觉 幻覺
code generation: コード生成 代码生成 程式碼生成
word embeddings: 単語埋め込み 単語分散表現 词嵌入 词向量
music generation: 音楽生成 作曲 音乐生成
source separation: 音源分離 声源分离
# learning
machine learning: 機械学習 机器学习 機器學習
deep learning: 深層学習 ディープラーニング 深度学习 深度學習
reinforcement learning: 強化学習 强化学习 強化學習
deep reinforcement learning: 深層強化学習 深度强化学习
multi-agent reinforcement learning: マルチエージェント強化学習 多智能体强化学习
multi-agent: マルチエージェント 多智能体 多代理
imitation learning: 模倣学習 模仿学习
supervised learning: 教師あり学習 监督学习
self-supervised learning: 自己教師あり学習 自监督学习 自監督學習
semi-supervised learning: 半教師あり学習 半监督学习
unsupervised learning: 教師なし学習 无监督学习
contrastive learning: 対照学習 対比学習 对比学习 對比學習
representation learning: 表現学習 表征学习 表示学习
transfer learning: 転移学習 迁移学习 遷移學習
meta-learning: メタ学習 元学习
few-shot learning: 少数ショット学習 少数事例学習 フューショット学習 小样本学习 少样本学习
continual learning: 継続学習 持续学习 持續學習
federated learning: 連合学習 フェデレーテッドラーニング 联邦学习 聯邦學習
active learning: 能動学習 アクティブラーニング 主动学习
multi-task learning: マルチタスク学習 多任务学习
domain adaptation: ドメイン適応 领域自适应 域适应
knowledge distillation: 知識蒸留 知识蒸馏 知識蒸餾
model compression: モデル圧縮 模型压缩
quantization: 量子化 模型量化
pruning: 枝刈り プルーニング 剪枝
fine-tuning: ファインチューニング 微調整 微调 微調
pre-training: 事前学習 预训练 預訓練
low-rank adaptation: 低ランク適応 低秩适应 低秩自适应
data augmentation: データ拡張 数据增强 資料增強
neural networks: ニューラルネットワーク ニューラルネット 神经网络 神經網路 類神經網路
graph neural networks: グラフニューラルネットワーク グラフニューラルネット 图神经网络 圖神經網路
convolutional neural networks: 畳み込みニューラルネットワーク 卷积神经网络 卷積神經網路
recurrent neural networks: 再帰型ニューラルネットワーク リカレントニューラルネットワーク 循环神经网络
spiking neural networks: スパイキングニューラルネットワーク 脉冲神经网络
diffusion models: 拡散モデル 扩散模型 擴散模型
generative models: 生成モデル 生成模型
generative adversarial networks: 敵対的生成ネットワーク 生成对抗网络 生成對抗網路
variational autoencoder: 変分オートエンコーダ 変分自己符号化器 变分自编码器
autoencoder: オートエンコーダ 自己符号化器 自编码器
transformer: トランスフォーマー トランスフォーマ 变换器
attention mechanism: アテンション機構 注意機構 注意力机制 注意力機制
state space models: 状態空間モデル 状态空间模型
mixture of experts: 混合エキスパート 専門家混合 混合专家
adversarial attacks: 敵対的攻撃 对抗攻击 對抗攻擊
adversarial examples: 敵対的サンプル 敵対的事例 对抗样本
explainable AI: 説明可能なAI 説明可能AI 可解释人工智能 可解釋人工智慧
interpretability: 解釈可能性 解釈性 可解释性
fairness: 公平性
robustness: 頑健性 ロバスト性 鲁棒性
uncertainty: 不確実性 不确定性
calibration: キャリブレーション
generative AI: 生成AI 生成系AI 生成式AI 生成式人工智能
artificial intelligence: 人工知能 人工智能 人工智慧
AI agents: AIエージェント 智能体
multimodal: マルチモーダル 多模态 多模態
time series: 時系列 时间序列 時間序列
recommender systems: 推薦システム レコメンド 推荐系统 推薦系統
causal inference: 因果推論 因果推断
Bayesian optimization: ベイズ最適化 贝叶斯优化
Gaussian process: ガウス過程 高斯过程
optimization: 最適化 优化 最佳化
combinatorial optimization: 組合せ最適化 組み合わせ最適化 组合优化
optimal transport: 最適輸送 最优传输
differential privacy: 差分プライバシー 差分隐私
# robots and systems
robotics: ロボット工学 ロボティクス 机器人学
robot: ロボット 机器人 機器人
robot manipulation: ロボットマニピュレーション 机器人操作
autonomous driving: 自動運転 自动驾驶 自動駕駛
motion planning: 動作計画 経路計画 运动规划
path planning: パスプランニング 路径规划
model predictive control: モデル予測制御 模型预测控制
drones: ドローン 无人机 無人機
digital twin: デジタルツイン 数字孪生
blockchain: ブロックチェーン 区块链 區塊鏈
cybersecurity: サイバーセキュリティ 网络安全
edge computing: エッジコンピューティング 边缘计算
cloud computing: クラウドコンピューティング 云计算
internet of things: モノのインターネット 物联网 物聯網
software engineering: ソフトウェア工学 软件工程
cryptography: 暗号 密码学
wireless communication: 無線通信 无线通信
# sciences
quantum computing: 量子コンピューティング 量子計算 量子计算
quantum computer: 量子コンピュータ 量子コンピューター 量子计算机 量子電腦
quantum error correction: 量子誤り訂正 量子エラー訂正 量子纠错 量子糾錯
quantum machine learning: 量子機械学習 量子机器学习
quantum entanglement: 量子もつれ 量子纠缠 量子糾纏
quantum cryptography: 量子暗号 量子密码
quantum key distribution: 量子鍵配送 量子密钥分发
superconductivity: 超伝導 超電導 超导 超導
topological insulators: トポロジカル絶縁体 拓扑绝缘体
spintronics: スピントロニクス 自旋电子学
semiconductor: 半導体 半导体
graphene: グラフェン 石墨烯
perovskite: ペロブスカイト 钙钛矿
solar cells: 太陽電池 太阳能电池
lithium-ion batteries: リチウムイオン電池 锂离子电池 鋰離子電池
solid-state batteries: 全固体電池 固态电池
metamaterials: メタマテリアル 超材料
phase transition: 相転移 相变
density functional theory: 密度汎関数理論 密度汎関数法 密度泛函理论
molecular dynamics: 分子動力学 分子动力学
turbulence: 乱流 湍流 紊流
fluid dynamics: 流体力学 流體力學
plasma: プラズマ 等离子体
nuclear fusion: 核融合 核聚变
gravitational waves: 重力波 引力波 重力波
black hole: ブラックホール 黑洞
dark matter: 暗黒物質 ダークマター 暗物质 暗物質
dark energy: 暗黒エネルギー ダークエネルギー 暗能量
neutrino: ニュートリノ 中微子
exoplanets: 系外惑星 系外行星
galaxy: 銀河 星系
cosmology: 宇宙論 宇宙学 宇宙學
string theory: 弦理論 超弦理論 弦论
general relativity: 一般相対性理論 一般相対論 广义相对论
number theory: 数論 整数論 数论
algebraic geometry: 代数幾何 代数几何 代數幾何
category theory: 圏論 范畴论
partial differential equations: 偏微分方程式 偏微分方程
differential equations: 微分方程式 微分方程
topological data analysis: 位相的データ解析 トポロジカルデータ解析 拓扑数据分析
game theory: ゲーム理論 博弈论
climate change: 気候変動 气候变化 氣候變遷
weather forecasting: 気象予測 天気予報 天气预报
earthquake: 地震
drug discovery: 創薬 药物发现 药物研发 藥物開發
protein structure prediction: タンパク質構造予測 蛋白質構造予測 蛋白质结构预测
protein: タンパク質 蛋白質 蛋白质
gene expression: 遺伝子発現 基因表达
genome editing: ゲノム編集 基因编辑
genome: ゲノム 基因组
single-cell: 単一細胞 シングルセル 单细胞
cancer: がん 癌 癌症
materials discovery: 材料探索 材料发现
brain-computer interface: ブレインマシンインターフェース 脑机接口
neuroscience: 神経科学 神经科学
education: 教育
finance: 金融
agriculture: 農業 农业
healthcare: 医療 医疗
social networks: ソーシャルネットワーク 社会网络 社交网络
"""

# Abbreviations that papers use about as often as the words, and that mean nothing else in their company.
ABBREVIATIONS = {
    "LLM": "large language model",
    "VLM": "vision-language model",
    "RAG": "retrieval-augmented generation",
    "GNN": "graph neural network",
    "CNN": "convolutional neural network",
    "GAN": "generative adversarial network",
    "NeRF": "neural radiance field",
    "ASR": "speech recognition",
    "TTS": "text-to-speech",
    "RLHF": "reinforcement learning human feedback",
    "VQA": "visual question answering",
    "MoE": "mixture of experts",
    "PINN": "physics-informed neural network",
    "NMT": "neural machine translation",
    "UAV": "unmanned aerial vehicle",
    "BCI": "brain-computer interface",
}

_DIMENSIONS = {"一": "1", "二": "2", "三": "3", "四": "4"}


def _parse_entries() -> dict[str, str]:
    entries: dict[str, str] = {}
    for line in _GLOSSARY.strip().splitlines():
        english, _, terms = line.partition(":")
        if not line.startswith("#"):
            entries.update((_fold_spelling(term), english) for term in terms.split())
    return entries


def _fold_spelling(text: str) -> str:
    """One spelling: compatibility forms folded, no middle dots, 3次元 for 三次元."""
    plain = unicodedata.normalize("NFKC", text).replace("・", "")
    return re.sub("[一二三四](?=次元|维|維)", lambda found: _DIMENSIONS[found[0]], plain)


_TERMS = _parse_entries()
_ANY_TERM = re.compile("|".join(re.escape(term) for term in sorted(_TERMS, key=len, reverse=True)))
_FOREIGN = re.compile(r"[\u3005\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9d\uac00-\ud7af\u3001\u3002]+")


def translate_terms(text: str) -> str:
    """The text with the known terms as English words, and commas for everything else in Han, kana or Hangul."""
    known = _ANY_TERM.sub(lambda found: f"; {_TERMS[found[0]]}; ", _fold_spelling(text))
    return _FOREIGN.sub("; ", known)
