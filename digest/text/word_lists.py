"""English word lists: stop words, generic words, abbreviations, verbs and nouns of academic prose.

Invariant: data alone, a list a purpose, in small letters but for the words that open a sentence; who applies a list
stems it. A missing word costs an odd title or one search word too many, never a wrong fact, so that they need only
cover what is common.
"""

from __future__ import annotations

# For every comparison of words (digest/text/tokens.py).

# Words that carry grammar, and the words with which people ask for a survey: never searched for, never a title's edge.
STOP_WORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among an and another any
    anyone anything are around as at away back be became because become been before being below best between both but
    by can cannot could did do does doing done down due during each either else enough et etc even ever every few find
    for found from further furthermore gave get give given gives go going good got had has have having he hence her here
    hers herself him himself his hope how however i if in indeed instead into is it its itself just keep know last
    latest least less let like likely little look made main make makes many may me means might more moreover most much
    must my myself near need neither never new newest next no nor not now nothing of off often on once one only onto or
    other others otherwise our ours ourselves out over overall own per perhaps please possible quite rather really
    recent recently regarding said same see seem seems several shall she should show shown shows since so some
    something still such take tell than that the their theirs them themselves then there therefore these they thing
    things this those though through throughout thus to together too toward towards under until up upon us use used
    uses using very via view want was way ways we well were what whatever when where whether which while who whole whom
    whose why will with within without would yet you your yours yourself i'm i'd i've don't doesn't isn't aren't can't
    what's it's let's
    """.split()
)

# Words that nearly every paper has: they may be searched for, but tell little, and are dropped first when widening.
GENERIC_WORDS = frozenset(
    """
    algorithm analysis application approach art article based baseline benchmark case challenge comparison comprehensive
    concept data dataset design development different domain effect effective efficient evaluation experiment
    experimental feature field framework general future high idea implementation improve improved improvement
    information insight introduction investigation issue large learning level literature low machine method methodology
    model modern network novel number overview paper perform performance perspective practice present problem process
    progress proposal propose proposed quality research result review role scenario science set setting simple small
    solution state strategy structure study survey system task technical technique technology test theory tool topic
    trend type understanding various work state-of-the-art advance advances current developments
    """.split()
)

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
    alleviate allow analyse analyze apply approximate argue arise assess assume attain attract augment avoid belong
    blend boost break bridge bring build call capture carry cause change characterise characterize choose claim
    clarify coin collect combine come compare compete compose comprise compute conclude condition conduct confirm
    confront connect consider consist constitute constrain construct consume contain contend continue contribute
    convert correct correspond couple cover create criticize curate deal decide decompose decrease define degrade
    deliver demonstrate depend depict deploy derive describe design desire detect determine develop devise differ
    differentiate discard discover discuss distill distinguish divide dominate double draw drive drop elicit
    eliminate elucidate embed emerge employ enable encode encourage enhance enrich ensure entail enter equip
    establish estimate evaluate evolve examine exceed execute exhaust exhibit exist expand expect explain exploit
    explore expose express extend extract face facilitate fail feed filter find fine-tune finetune finish fit focus
    follow forecast forget form formulate foster fuse gain generalise generalize generate govern grow guide hamper
    handle help highlight hinder hold hope identify ignore illuminate illustrate impede implement imply impose
    improve include incorporate increase indicate induce infer inform inherit initialize innovate insert inspect
    inspire instantiate integrate intend interact interpret introduce investigate invoke involve isolate iterate
    join jointly keep know label lack last launch lead learn leave let leverage lie limit list localize look lower
    maintain make manage map mask match maximise maximize mean meet merge minimise minimize mitigate modify monitor
    motivate move name necessitate need neglect normalize notice number observe obtain occur offer open operate
    optimise optimize organize originate outline outperform overcome overlook owe own pair pass perceive perform
    permit pick place play point pose possess preclude predict prefer prepare present preserve prevent prioritize
    proceed process produce project promise prompt propagate propose prove provide publish pursue push put quantify
    question raise rank reach react read realize reason receive recognize reconstruct record recover reduce refine
    reflect regard regularize reject relate release rely remain remove render repeat replace report represent
    request require resemble resolve result retain reuse reveal revisit reward rewrite rise run sample satisfy save
    say scale score search see seek seem select send separate serve set share shed shift show signal simplify
    simulate sit solve span specify speed spend split stand start state stay stop store strengthen strive structure
    study succeed suffer suggest summarise summarize supply support suppose suppress surpass surround switch
    synthesise synthesize tackle take target tell tend test throw touch trace track train transfer transform
    translate treat trigger try turn undergo underlie undermine understand unify unlock unveil update utilise
    utilize validate vary verify view visit wait want warrant weigh win work worsen write yield
""".split()

# Of these verbs the plain forms are nouns ("model", "models"): only the other forms end a phrase.
NOUN_LIKE_VERBS = frozenset(
    """
    access account advance aim approximate break bridge call cause change choice claim condition cover deal
    design draw drive drop estimate exploit face feed filter find fit focus forecast form function gain guide help
    hope increase interact label lack last lead limit link list look map mask match mean model monitor move name
    need notice number open order pair pass place plan play point present process project prompt question rank reach
    reason record reject release render report request result reuse reward rise run sample scale score search set
    share shift signal sit span speed split stand start state stop store structure study supply support switch
    target test touch trace track train transfer transform trigger turn update view wait win work yield
    """.split()
)

# Verb forms that are nouns, or begin terms, just as often ("learning", "distributed").
TERM_VERB_FORMS = frozenset(
    """
    accelerated alignment augmented bridging building clustering computing constrained coupled coupling distributed
    driven editing embedding encoding extended feeding filtering forecasting generalised generalized labeling
    labelling learning lensing listening mapping masked masking matching meaning meeting merging mixed modeling
    modelling monitoring pairing planning pointing printing processing prompting ranking reading reasoning rendering
    sampling scaling scoring searching sensing setting shared sharing signaling signalling simulated speaking
    splitting stopping structured supervised switching testing tracking training tuning understanding weighting
    writing
    """.split()
)


# No phrase goes across one of these, nor across a stop word or a verb form.
CLAUSE_WORDS = frozenset("compared due respectively i.e e.g per vs et al etc versus".split())

# Adjectives, adverbs and fillers at which no heading begins or ends.
NO_EDGE_WORDS = frozenset(
    """
    seamless real real-world different seconds minutes hours
    able absolute accurate beyond adaptive addition additional adequate advanced al alternative ambiguous amount amounts
    appropriate arbitrary aspect aspects automatic available average aware based better bigger broad broader capable
    careful case cases centric certain clean cleaner clear close common compact comparable competitive complementary
    complete complex comprehensive concrete consistent contrast conventional correct critical crucial current day
    days decade decades dedicated deep deeper dense desired detailed difficult direct distinct diverse dominant
    dozens driven dynamic e.g early easy economical effective efficient eight empirical end ends entire equivalent
    essential et etc exact example examples excellent existing expensive explicit extensive extra extreme fact fair
    fast faster favorable favourable feasible few fewer final fine finer first five fixed flexible four fraction
    free frequent full fundamental further general global good great greater guided hard heavy high higher highest
    huge hundreds i.e ideal identical implicit important impressive inaccurate inconsistent independent individual
    inefficient inherent initial instance instances insufficient interesting intuitive joint key kind kinds lack
    large larger largest last late later latter level light like limited local long longer lot lots low lower lowest
    main major majority manual massive maximum mean meaningful mere millions minimal minimum minor missing mixed
    modern modest month months more most multi multiple naive narrow natural necessary negative new next nine noisy
    non notable novel number numbers numerous obvious old open optimal order orders ordinary oriented original
    overall parallel part particular parts perfect permanent plausible poor popular portion positive possible post
    potential powerful practical pre precise preliminary present previous primary principled prior promising proper
    pure quick range ranges rapid rare raw realistic recent related relative relevant reliable remarkable rich
    rigorous robust safe scale scarce second separate serious seven several severe sharp short shorter significant
    similar simple simpler single six slow small smaller smooth soft sole specific stable standard static steady
    strict strong stronger subsequent substantial subtle successful such sufficient suitable superior sure
    systematic tall ten term terms theoretical thin third thorough thousands three tight time times tiny today total
    traditional true twelve two typical unclear underlying unexplored unified uniform unique universal unknown
    unseen unstable unsupervised usable useful usual valid valuable varied variety various vast versatile versus
    vital vs way ways weak weaker whole wide wider widespread wise worse worst year years
    """.split()
)

# Participles with which terms begin; other words in -ed begin none.
TERM_PARTICIPLES = frozenset(
    """
    accelerated automated bounded charged closed confined correlated directed disordered doped embedded entangled
    excited federated feed frustrated fused gated graded grounded hatted infrared integrated inverted ionized
    layered localized magnetized need nested personalised personalized polarized quantised quantized quenched rated
    red seed situated speed strained stratified trapped truncated twisted undirected unpaired unstructured weighted
    """.split()
)

# Nouns that say that something was done, not what: no phrase ends in one ...
HOLLOW_NOUNS = frozenset(
    """
    ability absence accuracy adaptability addition advance advancement advantage aim algorithm analysis answer
    applicability application approach architecture area assumption attempt author availability baseline benchmark
    benefit bottleneck burden capability challenge characteristic choice class code combination community comparison
    complexity component concept conclusion condition constraint context contribution cost costs counterpart data
    dataset decrease demand demonstration development difference direction discussion domain drawback effect
    effectiveness efficiency effort estimate estimation evaluation evidence existence experiment expert experts
    explanation feasibility feature features field finding flexibility foundation framework function functions
    future gain gap generalisation generalization github goal growth guarantee homepage human humans hypothesis idea
    impact implementation implication importance improvement increase influence information innovation input insight
    interaction introduction investigation issue knowledge level life limitation link links literature magnitude
    mechanism mechanisms merit method methodology metric metrics model module necessity need network novelty
    objective observation order output overhead overview page paper parameter parameters pattern patterns people
    percent percentage performance perspective phase pipeline point points potential practice prediction presence
    principle problem procedure process progress properties property quality question rate reduction relation
    relationship reliability repository requirement research researcher resource resources response result review
    rise robustness role rule sample samples scalability scenario scheme score set sets setting significance
    situation size solution sota stage state-of-the-art step strategy strength study success success-rate
    suitability superiority support survey system task tasks technique theory thing tool trade-off tradeoff trend
    type understanding usage use user validity value values variable variables variant versatility version view way
    weakness webpage website work world
    """.split()
)

# ... but for these, which a specific word before them fills ("diffusion models", "speech data").
FILLABLE_NOUNS = frozenset(
    """
    algorithm analysis answer architecture benchmark complexity constraint context data dataset estimation
    evaluation feature function generalization guarantee human interaction knowledge mechanism model network pattern
    prediction question rate relation resource robustness system theory value
    """.split()
)

# Nouns that name nothing when they stand alone.
THIN_NOUNS = frozenset(
    """
    success real
    access agent agents ai annotation attention attribute audio balance bridge camera classification collection
    completeness computation control decoder degradation density detection dimension distribution document domain
    edge education element embedding encoder energy engineering environment factor family fraction frame generation
    geometry gradient graph grounding group guide hardware image inference internet label language layer learning
    line llm llms lm lms loss mass matrix measurement memory ml network node object optimisation optimization
    orchestration orientation partition pixel planning policy position power privacy profile prompt prompts query
    reasoning recognition reconstruction reflection region regression representation retrieval reward rotation
    sampling scaling scene science secure security segmentation sequence server shape signal similarity simulation
    size software source space speaker spectrum speech speedup stage structure suite supervision surface synthesis
    temperature text token training transformer user vector video view vision volume vulnerability weight
    """.split()
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

# Phrases that papers share (digest/extractive/shared_phrases.py).

# Words with which a phrase neither begins nor ends nor is made: they belong to every paper's manner of speaking.
DULL_WORDS = frozenset(
    """
    ability able abstract according accuracy accurate achieving additional aim aims applications approaches
    appropriate architecture art author authors available average aspects based best better broad capabilities
    capability capable certain challenging changes characteristics code collection combination common community
    compared comparison competitive complex component components computational conditions consistent consisting
    context contrast contribution contributions corresponding critical crucial current datasets demonstrating depth
    details direct directions diverse due ease effectiveness efficiency end enabling entire essential especially
    evaluation evaluations evidence example examples existing experiments extensive fact factors features final
    findings first five following form four framework frameworks full fully fundamental further given goal good
    great group groups growing handle help high-quality higher highly human important improvements improving
    inference input inputs insights instance interest introducing issues key kind knowledge lack language
    large-scale leading leverage leveraging limitation limitations limited local low lower main mainly major manner
    maintaining means mechanism mechanisms metric metrics models module modules multi multiple natural nature
    necessary need needs non number numerous objective open output outputs pages paradigm parameter parameters part
    particular performance pipeline popular position potential power powerful practical preliminary presence
    previous principle prior probability process processes project properties property proposes provided providing
    public publicly principles purpose quality range rapid rate real real-world reducing reduction related
    relative relevant reliable remarkable required requirements requires resource resources respect respectively
    rich robust robustness scale scenarios second section sense series settings significant similar simultaneously
    single size solutions source space special specific standard state-of-the-art step steps strategies strong
    structures studies success successful sufficient suitable superior support target tasks techniques terms text
    theoretical third three time times total traditional two type types typical typically underlying unified unique
    users valuable value values variety version wide widely word words world year years psnr ssim lpips bleu rouge
    fid wer cer map miou iou auc sota results result promising automatic automated github io https conducted
    construct ground guide guided highlight inherent introduces novel original plays preserve preserving
    recently remain remains role significantly understand unlike validate whose
    """.split()
)
# Dull by themselves, and yet what a phrase is often headed by: diffusion models.
DULL_HEADS = frozenset(
    "models networks systems fields algorithms theory architectures processes structures codes agents".split()
)
GERUND_NOUNS = frozenset(
    """
    learning rendering splatting tuning fine-tuning processing training modeling modelling sampling lensing
    embedding planning clustering coding matching mapping scaling editing reasoning prompting computing forecasting
    engineering understanding tracking testing mining filtering parsing tagging hashing pricing scheduling routing
    sensing imaging screening folding docking annealing scattering boosting bandits pruning distilling denoising
    inpainting segmenting localization decoding encoding answering grounding adapting programming monitoring
    positioning pretraining pre-training broadening heating cooling mixing bonding switching sequencing spanning
    ranking reranking re-ranking summarizing
    """.split()
)
COMMONPLACE_PHRASES = frozenset(
    """
    deep_learning neural_network neural_networks machine_learning deep_neural_networks deep_neural_network
    wide_range artificial_intelligence training_data convolutional_neural_networks computational_cost
    computer_vision time_series_data ablation_studies ablation_study promising_direction case_study open_source
    ground_truth experimental_results training_process learning_models learning_methods machine_learning_models
    deep_learning_models deep_learning_methods test_set baseline_methods source_code project_page
    """.split()
)

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

# What a survey says of a paper (digest/text/claim_check.py).

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
