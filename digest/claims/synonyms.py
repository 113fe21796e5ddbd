"""Words of academic prose that mean the same, and abbreviations that papers use without a word about them. Data alone.

Invariant: one sense a word: whoever is in two groups would join them. What a false statement would exchange for each
other (speech and text, image and video, training and inference) is in no common group.
"""

from __future__ import annotations

# The first word of each line stands for all; other forms of the same stem come with it.
SYNONYM_GROUPS = """
    image picture photo photograph photographic
    video film footage clip movie
    speech spoken speak spoke voice audio utterance
    speaker talker participant
    text textual
    word wording vocabulary
    sentence sentential
    language linguistic tongue
    transcript transcription
    recogniser recognition recognise transcribe transcribes
    caption subtitle
    question query
    answer reply respond response
    document record
    label annotate annotation annotator
    sample example instance
    collect gather assemble compile collection corpus corpora dataset
    mistake error erroneous fault
    corrector correct correction repair mend
    criterion objective loss
    train training tune tuning finetune adapt adaptation learn learnt
    teacher supervisor
    distil distill distillation distilled
    transfer carry carried pass convey
    movement motion move
    viewpoint viewing perspective
    shape geometry geometric
    colour hue
    light lighting illumination relight relit
    region area zone
    edit edits editing manipulate manipulation retouch
    join combine combination merge fuse fusion unite unify integrate integration
    split divide division partition segment segmentation
    separate separately disentangle decouple independently individually
    add added append insert insertion supplement
    remove removed eliminate elimination discard delete strip omit
    replace replacement substitute substitution swap
    keep kept preserve retain maintain maintained
    create generate generation produce production build built synthesise synthesis construct construction render drawn
    convert conversion turn map transform translate
    change alter modify modification vary adjust
    connect link attach
    apply apply application employ exploit adopt utilise harness leverage rely reliance
    require requirement demand necessitate needs needed
    suffice sufficient sufficiently adequate
    let lets allow enable permit
    control steer guide guided govern drive driven
    restrain restrict restriction constrain constraint limit limitation
    predict prediction forecast anticipate
    estimate estimation derive infer
    evaluate evaluation assess assessment measure benchmark
    judge rater
    detect detection spot identify identification locate
    understand understood comprehend comprehension grasp
    retrieve retrieval fetch
    choose chosen choice pick select selection
    describe description represent representation depict express
    explain explanation clarify interpret interpretation
    show shown reveal expose demonstrate
    reach attain obtain
    run ran execute execution
    process handle handled treat treatment deal
    provide supply supplied deliver yield furnish
    contain comprise
    store stored hold held
    begin began start early first initially
    end final finally last
    continue remain stay stayed
    expand extend extension enlarge widen broaden
    weakness shortcoming drawback flaw
    difficult hard tough difficulty challenge challenging obstacle hurdle
    easy easily effortless
    method approach technique scheme procedure recipe
    part component module
    stage phase
    existing current present
    previous prior earlier
    novel unseen unfamiliar
    usual common typical ordinary standard conventional customary traditional
    important crucial vital essential critical
    several multiple numerous many
    various diverse diversity variety
    wide broad
    further extra additional
    entire entirely full fully whole complete completely
    joint jointly simultaneously simultaneous concurrently
    direct directly straight
    real genuine authentic
    invented made fabricated
    fixed frozen
    hidden latent
    slim lean lightweight
    heavy bulky
    costly cost expensive expense
    cheap inexpensive affordable economical
    fast quick rapid swift speedy speed sped faster quicker
    large big huge vast massive
    small tiny little compact
    strong strongly robust
    mild slight slightly
    precise precision accurate accuracy exact
    faithful faithfully fidelity
    reliable reliably trustworthy
    coherent consistent consistency coherence
    equal match matched par rival
    compare comparison contrast
    compute computation computational
    memory footprint
    latency delay
    share mutual
    public open publicly release released available publish
    user people person human
    doctor physician clinician
    medical clinical
    child children kid
    firm company commercial proprietary
    bind binding dock docking
    comply compliant compliance
    depend dependent specific tied hinge
    half halve
    twice double twofold
    prefer preferred preference favour
    outperform beat surpass exceed outdo overtake
    trail trails lag
    lose lost
    blend mix bleed
    appear occur arise emerge
    cause lead induce
    assist help aid support
    analyse analysis investigate study
    discover find uncover
"""

# What stands for them in a text that is compared; in small letters.
ABBREVIATIONS = {
    "llm": "large language model",
    "lm": "language model",
    "vlm": "vision language model",
    "mllm": "multimodal large language model",
    "lvlm": "large vision language model",
    "slm": "small language model",
    "asr": "speech recognition",
    "tts": "text to speech",
    "nlp": "natural language processing",
    "mt": "machine translation",
    "rl": "reinforcement learning",
    "rag": "retrieval augmented generation",
    "ocr": "optical character recognition",
    "qa": "question answering",
    "ner": "named entity recognition",
    "gan": "generative adversarial network",
    "vae": "variational autoencoder",
    "cnn": "convolutional network",
    "rnn": "recurrent network",
    "mlp": "multi layer perceptron",
    "moe": "mixture of experts",
    "sota": "state of the art",
    "dpo": "direct preference optimization",
    "sft": "supervised fine tuning",
    "peft": "parameter efficient fine tuning",
    "nmt": "neural machine translation",
    "gnn": "graph neural network",
    "ml": "machine learning",
    "dl": "deep learning",
    "nn": "neural network",
    "ood": "out of distribution",
    "sr": "super resolution",
    "mri": "magnetic resonance imaging",
    "ct": "computed tomography",
    "eeg": "electroencephalography",
    "uav": "drone",
}
