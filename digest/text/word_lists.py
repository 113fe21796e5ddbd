"""English word lists: abbreviations, verbs and nouns of academic prose.

Invariant: data alone, a list a purpose, in small letters but for the words that open a sentence; who applies a list
stems it. A missing word costs an odd title or one search word too many, never a wrong fact, so that they need only
cover what is common.
"""

from __future__ import annotations

# Where a sentence ends (digest/text/sentences.py): these abbreviations end none.

NEVER_ENDING_ABBREVIATIONS = frozenset(
    "al cf e.g eg eq eqs fig figs i.e ie no nos ref refs sec sect secs tab thm vol vs viz".split()
)
ABBREVIATED_TITLES = frozenset("dr mr mrs ms prof st".split())  # a name follows
# These may end a sentence; they do only where the next word can hardly be anything but an opener.
POSSIBLE_ENDS = frozenset("a.k.a approx ca corp dept est etc inc ltd p.m a.m resp u.k u.s w.r.t".split())
SENTENCE_OPENERS = frozenset(
    """
    A Additionally All Although An And As At Based Because Both But By Compared Existing Experimental Experiments
    Extensive Finally First For From Furthermore Here How However If In Instead It Its Moreover Most Notably On One
    Our Overall Recent Recently Results Several Since Some Specifically Such That The Their Then There Therefore
    These They This Those Through Thus To Unlike Using We What When Where Whereas While With
    """.split()
)

# Noun phrases (digest/text/noun_phrases.py).

# Verbs of academic prose: a phrase ends where one begins.
PROSE_VERBS = """
    accelerate accept access accompany accomplish account achieve adapt add address adopt advance affect aim align
    alleviate allow analyse analyze apply approximate argue arise assess assist assume attain attract augment avoid
    become belong
    blend boost break bridge bring build call capture carry cause change characterise characterize choose claim clarify
    coin collect combine come compare compete compose comprise compute conclude condition conduct confirm confront
    connect consider consist constitute constrain construct consume contain contend continue contribute convert correct
    correspond couple cover create criticize curate deal decide decompose decrease define degrade deliver demonstrate
    depend depict deploy derive describe design desire detect determine develop devise differ differentiate discard
    discover discuss distill distinguish divide dominate double draw drive drop elicit eliminate elucidate embed emerge
    employ enable encode encourage enhance enrich ensure entail enter equip establish estimate evaluate evolve examine
    exceed execute exhaust exhibit exist expand expect explain exploit explore expose express extend extract face
    facilitate fail feed filter find fine-tune finetune finish fit focus follow forecast forget form formulate foster
    fuse gain generalise generalize generate govern grow guide hamper handle help highlight hinder hold hope identify
    ignore illuminate illustrate impact impede implement imply impose improve include incorporate increase indicate
    induce infer inform inherit initialize innovate insert inspect inspire instantiate integrate intend interact
    interpret introduce investigate invoke involve isolate iterate join jointly keep know label lack last launch lead
    learn leave let leverage lie limit list localize look lower maintain make manage manipulate map mask match
    maximise maximize mean meet
    merge minimise minimize mitigate modify monitor motivate move name necessitate need neglect normalize notice number
    observe obtain occur offer open operate optimise optimize organize originate outline outperform overcome overlook
    owe own pair pass perceive perform permit pick place play point pose possess preclude predict prefer prepare present
    preserve prevent prioritize proceed process produce project promise promote prompt propagate propose prove provide
    publish pursue push put quantify question raise rank range reach react read realize reason receive recognize
    reconstruct record recover reduce refine reflect regard regularize reject relate release rely remain remove render
    repeat replace report represent request require resemble resolve result retain reuse reveal revisit reward rewrite
    rise run sample satisfy save say scale score search see seek seem select send separate serve set share shed shift
    show showcase signal
    simplify simulate sit solve span specify speed spend split stand start state stay stop store strengthen strive
    structure study succeed suffer suggest summarise summarize supply support suppose suppress surpass surround switch
    synthesise synthesize tackle take target tell tend test throw touch trace track train transfer transform translate
    treat trigger try turn undergo underlie undermine underscore understand unify unlock unveil update utilise utilize
    validate vary verify view visit wait want warrant weigh win work worsen write yield
""".split()

# Of these verbs the plain forms are nouns ("model", "models"): only the other forms end a phrase.
NOUN_LIKE_VERBS = frozenset(
    """
    access account advance aim approximate break bridge call cause change choice claim condition cover deal design draw
    drive drop estimate exploit face feed filter find fit focus forecast form function gain guide hope impact increase
    interact label lack last lead limit link list look map mask match mean model monitor move name need notice number
    open order pair pass place plan play point pose present process project prompt question rank range reach reason
    record reject release render report request result reuse reward rise run sample scale score search set share shift
    signal sit span speed split stand start state stop store structure study supply support switch target test touch
    trace track transfer transform trigger turn update view wait win work yield
    """.split()
)

# Forms of them that are nouns, or begin terms, just as often ("learning", "shared").
TERM_VERB_FORMS = frozenset(
    """
    accelerated augmented bridging building computing constrained coupled coupling embedding encoding extended feeding
    filtering fine-tuning finetuning forecasting generalised generalized labeling labelling learning mapping masked
    masking matching meaning meeting merging monitoring named pairing pointing processing prompting proving ranking
    reading reasoning rendering sampling scaling scoring searching setting shared sharing signaling signalling simulated
    splitting stopping structured switching testing tracking training understanding writing
    """.split()
)


# No phrase goes across one of these, nor across a stop word or a verb form.
CLAUSE_WORDS = frozenset("compared drawn due respectively i.e e.g per vs et al etc versus".split())

# Adjectives, adverbs and fillers at which no heading begins or ends.
NO_EDGE_WORDS = frozenset(
    """
    seamless real real-world different seconds minutes hours able absolute accurate beyond adaptive addition additional
    adequate alternative ambiguous amount amounts appropriate arbitrary aspect aspects available average aware based
    better bigger broad broader capable careful case cases centric certain clean cleaner clear close common compact
    comparable competitive complementary complete complex comprehensive concrete consistent contrast conventional
    critical crucial current day days decade decades dedicated deep deeper dense detailed difficult direct distinct
    diverse dominant dozens driven dynamic easy economical effective efficient eight empirical end ends entire
    equivalent essential exact example examples excellent expensive explicit extensive extra extreme fact fair fast
    faster favorable favourable feasible fewer final fine finer first five fixed flexible four fraction free frequent
    full fundamental general global great greater hard heavy high high-quality higher highest huge hundreds ideal
    identical implicit important impressive inaccurate inconsistent independent individual inefficient inherent initial
    instance instances insufficient interesting intuitive joint key kind kinds lack large large-scale larger largest
    late later latter level light local long longer lot lots low lowest major majority manual massive maximum mean
    meaningful mere millions minimal minimum minor missing mixed modern modest month months multi multiple naive narrow
    natural necessary negative nine noisy non notable novel number numbers numerous obvious old open order orders
    ordinary oriented original parallel part particular parts perfect permanent plausible poor popular portion positive
    post potential powerful practical pre precise preliminary present previous primary principled prior proper public
    pure quick range ranges rapid rare raw realistic relative relevant reliable remarkable rich rigorous robust safe
    scale scarce second serious seven severe sharp short shorter significant similar simple simpler single six slow
    small smaller smooth soft sole specific stable standard static steady strict strong stronger subsequent substantial
    subtle successful sufficient suitable superior sure systematic tall ten term terms theoretical thin third thorough
    thousands three tight time times tiny today total traditional true twelve two typical unclear underlying unexplored
    uniform unique universal unknown unseen unstable usable useful usual valid valuable variety various vast versatile
    vital weak weaker wide wider widespread wise worse worst year years
    """.split()
)

# Nouns that say that something was done, not what: no phrase ends in one ...
HOLLOW_NOUNS = frozenset(
    """
    ability absence accuracy addition advance advantage aim algorithm analysis answer applicability approach
    architecture area assumption attempt author availability baseline benchmark benefit bottleneck burden capability
    challenge characteristic choice class code combination community comparison complexity component concept conclusion
    condition constraint context contribution cost counterpart data dataset decrease demand demonstration development
    difference detail direction discussion domain drawback ease effect efficiency effort estimation evaluation evidence
    existence experiment expert explanation feasibility feature field finding flexibility foundation framework function
    future gain gap generalization github goal growth guarantee homepage human hypothesis idea impact implementation
    implication importance improvement increase influence information innovation input insight interaction interest
    introduction investigation issue knowledge level life limitation link literature magnitude manner mechanism merit
    method methodology metric model module nature necessity need network novelty objective observation order output
    overhead overview page paper paradigm parameter pattern people percent percentage performance perspective phase
    phenomena phenomenon
    pipeline point potential practice prediction presence principle problem procedure process progress properties
    purpose quality question rate reduction relation relationship reliability repository requirement research resource
    response result review rise robustness role rule sample scalability scenario scheme score section sense set
    significance situation size solution sota stage state-of-the-art step strategy strength study success success-rate
    suitability superiority support survey system task technique theory thing tool trade-off tradeoff trend type
    understanding usage use user validity value variable variant versatility version view way weakness webpage website
    work world
    """.split()
)

# ... but for these, which a specific word before them fills ("diffusion models", "speech data").
FILLABLE_NOUNS = frozenset(
    """
    algorithm analysis answer architecture benchmark code complexity constraint context data dataset demonstration
    estimation evaluation feature field function generalization guarantee human interaction knowledge mechanism model
    network pattern prediction process question rate relation resource robustness system theory value
    """.split()
)

# Nouns that name nothing when they stand alone.
THIN_NOUNS = frozenset(
    """
    success real access agent ai annotation attention attribute audio balance bridge camera classification collection
    completeness computation control decoder degradation density detection dimension distribution document domain edge
    education element embedding encoder energy engineering environment factor family fine-tuning fraction frame
    generation geometry gradient graph grounding group guide hardware image inference internet label language layer
    learning line llm llms lm lms loss mass matrix measurement memory ml network node object optimisation orchestration
    orientation partition pixel planning policy position power privacy profile prompt query reasoning recognition
    reconstruction reflection region regression representation retrieval reward rotation sampling scaling scene science
    secure segmentation sequence server shape signal similarity simulation size software source space speaker spectrum
    speech speedup stage structure suite supervision surface synthesis temperature text token training transformer user
    vector video view vision volume vulnerability weight
    """.split()
)

# What nearly every paper could be said to be about, and names of measures: no title, and nothing that papers share.
COMMONPLACE_PHRASES = frozenset(
    """
    ablation_study artificial_intelligence attention_mechanism auc baseline_method bleu case_study cer
    computational_complexity computational_cost computational_resources computer_vision computing_resources
    convolutional_neural_network deep_learning deep_learning_method deep_learning_model deep_neural_network
    design_decision english_data experimental_results fid fps github ground_truth human_evaluation iou language_model lm
    learning_method learning_model lpips machine_learning machine_learning_model map miou neural_network
    neural_network-based_model open_source pre-trained_model pretrained_model project_page
    promising_direction psnr rouge sota source_code ssim statistical_model success_rate task_definition test_set
    time_series_data training_data training_process wer wide_range
    """.split()
)

# Heads of phrases that name a measure, which papers of any theme report: "retrieval recall", "Dice coefficient".
MEASURE_NOUNS = frozenset(
    "accuracy auroc coefficient f1 f1-score f-score metric perplexity precision recall score".split()
)
RESOURCE_NOUNS = frozenset("benchmark corpus corpora dataset set suite".split())

# Words that titles of two sections hardly differ by, a line each; the first word stands for all.
LIKE_WORDS = tuple(
    tuple(line.split())
    for line in """
    agent assistant
    attack perturbation
    cnn convnet convolutional
    collaboration cooperation coordination
    composition piece
    concern protection preservation preserving
    dialogue conversation conversational chat
    document passage chunk text
    embedding representation feature
    forecast forecasting prediction predictive
    gpt chatgpt
    hallucination hallucinated
    image picture visual
    intelligent autonomous smart
    query question
    scene environment
    speaker voice
    story narrative
    summary summarization summarisation
    synthesis generation
    transformer vit
    user customer consumer
    video clip
    """.splitlines()
    if line.strip()
)
# Heads that say nothing of their own beside another word: "CNN architectures" are CNNs.
EMPTY_HEADS = frozenset(
    "algorithm approach architecture dataset framework layer method model network phenomenon system technique".split()
)

# After one of these, a word of NOUN_LIKE_VERBS is a verb after all ("we model", "to map").
BEFORE_VERBS = frozenset("to we can will may which that they not also jointly could must should would then".split())
# After one of these, a word followed by a break is a noun.
BEFORE_NOUNS = frozenset("the a an this these those its their our of for in on with from by into each via to".split())
ADJECTIVE_ENDS = ("ical", "ous", "ful", "less", "able", "ible", "ative", "ive", "ional", "ual", "ed", "ary")
NOUN_ENDS = tuple(
    "tion sion ment ness ity ance ence ism ship sis graphy logy ing ometry ics cy ty age dom hood ure".split()
)
LY_NOUNS = frozenset("anomaly assembly family supply butterfly reply monopoly".split())

# Search words of a question (digest/extractive/queries.py).

# Words that frame a request and tell nothing about its subject where they open a group: "techniques for ...".
FRAMING_OPENERS = frozenset(
    """
    address addressing advance advancement advancements advances advantages aim application applications approach
    approaches benefits breakthrough breakthroughs brief challenge challenges compare comparison comparisons
    comprehensive current describe detailed details different discuss enable enabling existing explain explore handle
    handling help helps important improve improved improvement improvements improves improving insight insights
    interested interesting introduction issue issues landscape learn limitations list major method methodologies
    methodology methods overview overviews paper papers popular progress promising related research researchers review
    reviews solve solving studies study summarise summarize summary survey surveys tackle tackling technical technique
    techniques trend trends understand understanding various work works
    """.split()
)
# Likewise where they close one: "speech recognition methods"; but "adversarial examples", "radiance fields".
FRAMING_ENDS = frozenset(
    """
    advancements advances application applications approach approaches breakthroughs challenges currently improvements
    insights literature method methodologies methodology methods nowadays overview paper papers problem problems
    progress prospects research studies survey surveys tasks technique techniques today tools trends works
    """.split()
)
# Likewise where a group holds nothing else: "the role of", "effects of"; but "Hall effect", "top quark", "novel view".
FRAMING_WORDS = (
    FRAMING_OPENERS
    | FRAMING_ENDS
    | frozenset(
        """
    applied apply area areas article articles aspect aspects beginner case cases causes connection connections context
    decade decades development developments difference differences direction directions effect effective effects
    efficient engineer example examples field fields findings focus future goal good happening idea ideas impact impacts
    importance influence key kind kinds known link links month months newcomer novel open part past performance
    perspective perspectives phd possibility possible potential properties quality question questions relation relations
    relationship relationships researcher role roles scale state status student studied task theme themes tool top topic
    topics type types usage week weeks working year years
    """.split()
    )
)

# What a survey says of a paper (digest/claims/claim_check.py).

# Words with which a survey speaks about papers: their own say nothing that an abstract could have.
REPORTING_WORDS = frozenset(
    """
    achieve achieves add address addresses adopt aim argue argues author authors begin build builds combine combines
    complement complementary consider contrast contrary demonstrate demonstrates describe describes direction et al
    examine explore explores extend extends extension finally first focus follow go goal group highlight include
    introduce introduces investigate line meanwhile notably offer offers paper papers pair present presents propose
    proposes provide provides pursue question rely related report reports second separately similar similarly
    specifically step strand study suggest suggests tackle take takes target third turn turns two three view work works
    """.split()
)
