"""Word lists of academic English: where noun phrases begin and end, and which nouns make no heading.

Invariant: lists and what follows from them alone; `digest/text/noun_phrases.py` applies them. A missing word costs one
odd title, never a wrong fact, so they need only cover what is common.
"""

from __future__ import annotations

from digest.text.tokens import STOP_WORDS, stem

# Verbs of academic prose: a phrase ends where one begins.
_VERBS = """
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


def _inflect(verb: str) -> set[str]:
    root, doubled = verb.removesuffix("e"), f"{verb}{verb[-1]}"  # mapped, mapping
    third = f"{verb[:-1]}ies" if verb[-1] == "y" and verb[-2] not in "aeiou" else f"{verb}s"
    past = f"{verb[:-1]}ied" if third.endswith("ies") else f"{root}ed"
    others = {past, f"{root}ing", f"{doubled}ed", f"{doubled}ing"}
    return others if verb in NOUN_LIKE_VERBS else {verb, third, f"{verb}es", *others}


_VERB_FORMS = frozenset(form for verb in _VERBS for form in _inflect(verb)) - TERM_VERB_FORMS

# No phrase goes across one of these.
PHRASE_BREAKS = (
    STOP_WORDS | _VERB_FORMS | frozenset("compared due respectively i.e e.g per vs et al etc versus".split())
)

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

# Stems of nouns that say that something was done, not what: no phrase ends in one ...
HOLLOW_NOUN_STEMS = frozenset(
    stem(word)
    for word in """
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
FILLABLE_NOUN_STEMS = frozenset(
    stem(word)
    for word in """
    algorithm analysis answer architecture benchmark complexity constraint context data dataset estimation
    evaluation feature function generalization guarantee human interaction knowledge mechanism model network pattern
    prediction question rate relation resource robustness system theory value
    """.split()
)

# Stems of nouns that name nothing when they stand alone.
THIN_NOUN_STEMS = frozenset(
    stem(word)
    for word in """
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

# After one of these, a word of NOUNS_FIRST is a verb after all ("we model", "to map").
BEFORE_VERBS = frozenset("to we can will may which that they not also jointly could must should would then".split())
# After one of these, a word followed by a break is a noun.
BEFORE_NOUNS = frozenset("the a an this these those its their our of for in on with from by into each via to".split())
ADJECTIVE_ENDS = ("ical", "ous", "ful", "less", "able", "ible", "ative", "ive", "ional", "ual", "ed", "ary")
NOUN_ENDS = tuple(
    "tion sion ment ness ity ance ence ism ship sis graphy logy ing ometry ics cy ty age dom hood ure".split()
)
LY_NOUNS = frozenset("anomaly assembly family supply butterfly reply monopoly".split())
