"""arXiv's archives and categories with their names, and the ones nearest to a mistyped one. Pure data.

Invariant: a category is found by its id in any case, or as a whole archive ("cs" and "cs.*" are one); ids are those of
arXiv's taxonomy, with archives that took their last paper long ago, since their papers are still found by them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

# An archive whose papers have a class of their own, and each class with its name.
_CLASSES = """
astro-ph Astrophysics
astro-ph.CO Cosmology and Nongalactic Astrophysics
astro-ph.EP Earth and Planetary Astrophysics
astro-ph.GA Astrophysics of Galaxies
astro-ph.HE High Energy Astrophysical Phenomena
astro-ph.IM Instrumentation and Methods for Astrophysics
astro-ph.SR Solar and Stellar Astrophysics
cond-mat Condensed Matter
cond-mat.dis-nn Disordered Systems and Neural Networks
cond-mat.mes-hall Mesoscale and Nanoscale Physics
cond-mat.mtrl-sci Materials Science
cond-mat.other Other Condensed Matter
cond-mat.quant-gas Quantum Gases
cond-mat.soft Soft Condensed Matter
cond-mat.stat-mech Statistical Mechanics
cond-mat.str-el Strongly Correlated Electrons
cond-mat.supr-con Superconductivity
cs Computer Science
cs.AI Artificial Intelligence
cs.AR Hardware Architecture
cs.CC Computational Complexity
cs.CE Computational Engineering, Finance, and Science
cs.CG Computational Geometry
cs.CL Computation and Language
cs.CR Cryptography and Security
cs.CV Computer Vision and Pattern Recognition
cs.CY Computers and Society
cs.DB Databases
cs.DC Distributed, Parallel, and Cluster Computing
cs.DL Digital Libraries
cs.DM Discrete Mathematics
cs.DS Data Structures and Algorithms
cs.ET Emerging Technologies
cs.FL Formal Languages and Automata Theory
cs.GL General Literature
cs.GR Graphics
cs.GT Computer Science and Game Theory
cs.HC Human-Computer Interaction
cs.IR Information Retrieval
cs.IT Information Theory
cs.LG Machine Learning
cs.LO Logic in Computer Science
cs.MA Multiagent Systems
cs.MM Multimedia
cs.MS Mathematical Software
cs.NA Numerical Analysis
cs.NE Neural and Evolutionary Computing
cs.NI Networking and Internet Architecture
cs.OH Other Computer Science
cs.OS Operating Systems
cs.PF Performance
cs.PL Programming Languages
cs.RO Robotics
cs.SC Symbolic Computation
cs.SD Sound
cs.SE Software Engineering
cs.SI Social and Information Networks
cs.SY Systems and Control
econ Economics
econ.EM Econometrics
econ.GN General Economics
econ.TH Theoretical Economics
eess Electrical Engineering and Systems Science
eess.AS Audio and Speech Processing
eess.IV Image and Video Processing
eess.SP Signal Processing
eess.SY Systems and Control
gr-qc General Relativity and Quantum Cosmology
hep-ex High Energy Physics: Experiment
hep-lat High Energy Physics: Lattice
hep-ph High Energy Physics: Phenomenology
hep-th High Energy Physics: Theory
math Mathematics
math-ph Mathematical Physics
math.AC Commutative Algebra
math.AG Algebraic Geometry
math.AP Analysis of PDEs
math.AT Algebraic Topology
math.CA Classical Analysis and ODEs
math.CO Combinatorics
math.CT Category Theory
math.CV Complex Variables
math.DG Differential Geometry
math.DS Dynamical Systems
math.FA Functional Analysis
math.GM General Mathematics
math.GN General Topology
math.GR Group Theory
math.GT Geometric Topology
math.HO History and Overview
math.IT Information Theory
math.KT K-Theory and Homology
math.LO Logic
math.MG Metric Geometry
math.MP Mathematical Physics
math.NA Numerical Analysis
math.NT Number Theory
math.OA Operator Algebras
math.OC Optimization and Control
math.PR Probability
math.QA Quantum Algebra
math.RA Rings and Algebras
math.RT Representation Theory
math.SG Symplectic Geometry
math.SP Spectral Theory
math.ST Statistics Theory
nlin Nonlinear Sciences
nlin.AO Adaptation and Self-Organizing Systems
nlin.CD Chaotic Dynamics
nlin.CG Cellular Automata and Lattice Gases
nlin.PS Pattern Formation and Solitons
nlin.SI Exactly Solvable and Integrable Systems
nucl-ex Nuclear Experiment
nucl-th Nuclear Theory
physics Physics
physics.acc-ph Accelerator Physics
physics.ao-ph Atmospheric and Oceanic Physics
physics.app-ph Applied Physics
physics.atm-clus Atomic and Molecular Clusters
physics.atom-ph Atomic Physics
physics.bio-ph Biological Physics
physics.chem-ph Chemical Physics
physics.class-ph Classical Physics
physics.comp-ph Computational Physics
physics.data-an Data Analysis, Statistics and Probability
physics.ed-ph Physics Education
physics.flu-dyn Fluid Dynamics
physics.gen-ph General Physics
physics.geo-ph Geophysics
physics.hist-ph History and Philosophy of Physics
physics.ins-det Instrumentation and Detectors
physics.med-ph Medical Physics
physics.optics Optics
physics.plasm-ph Plasma Physics
physics.pop-ph Popular Physics
physics.soc-ph Physics and Society
physics.space-ph Space Physics
q-bio Quantitative Biology
q-bio.BM Biomolecules
q-bio.CB Cell Behavior
q-bio.GN Genomics
q-bio.MN Molecular Networks
q-bio.NC Neurons and Cognition
q-bio.OT Other Quantitative Biology
q-bio.PE Populations and Evolution
q-bio.QM Quantitative Methods
q-bio.SC Subcellular Processes
q-bio.TO Tissues and Organs
q-fin Quantitative Finance
q-fin.CP Computational Finance
q-fin.EC Economics
q-fin.GN General Finance
q-fin.MF Mathematical Finance
q-fin.PM Portfolio Management
q-fin.PR Pricing of Securities
q-fin.RM Risk Management
q-fin.ST Statistical Finance
q-fin.TR Trading and Market Microstructure
quant-ph Quantum Physics
stat Statistics
stat.AP Applications
stat.CO Computation
stat.ME Methodology
stat.ML Machine Learning
stat.OT Other Statistics
stat.TH Statistics Theory
"""
# Of the nineties: each became part of another.
_OLD = """
acc-phys adap-org alg-geom ao-sci atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas dg-ga funct-an mtrl-th patt-sol
plasm-ph q-alg solv-int supr-con
"""
NAMES: Mapping[str, str] = {
    **{id_: name for id_, _, name in (line.partition(" ") for line in _CLASSES.strip().splitlines())},
    **dict.fromkeys(_OLD.split(), ""),
}
_ARCHIVES_WITH_CLASSES = frozenset(id_.partition(".")[0] for id_ in NAMES if "." in id_)
_BY_FOLDED_ID = {id_.casefold(): id_ for id_ in NAMES}
_MOST_NEAR = 3
_LEAST_RATIO = 0.6


def find_arxiv_category(typed: str) -> str:
    """Its id as arXiv writes it: "cs.CL", or "cs" for all of an archive; "" where there is none."""
    folded = typed.strip().casefold()
    archive = folded.removesuffix(".*")
    found = _BY_FOLDED_ID.get(archive, "")
    return found if archive == folded or found in _ARCHIVES_WITH_CLASSES else ""


def nearest_arxiv_categories(typed: str) -> tuple[str, ...]:
    """The ids that somebody may have meant: by the name of the category, or else by the letters."""
    folded = typed.strip().casefold()
    if named := [id_ for id_, name in NAMES.items() if len(folded) > 3 and name.casefold().startswith(folded)]:
        return tuple(named[:_MOST_NEAR])
    close = [(_similarity(folded, other), id_) for other, id_ in _BY_FOLDED_ID.items()]
    close += [(_similarity(folded, name.casefold()), id_) for id_, name in NAMES.items() if name]
    near = sorted((pair for pair in close if pair[0][0] >= _LEAST_RATIO), key=lambda pair: pair[0], reverse=True)
    return tuple(dict.fromkeys(id_ for _, id_ in near))[:_MOST_NEAR]


def _similarity(typed: str, known: str) -> tuple[float, int]:
    """How alike two texts are, and, of equals, how many letters they begin with in common: cs.CX is of cs."""
    matcher = difflib.SequenceMatcher(None, typed, known, autojunk=False)
    return round(matcher.ratio(), 2), _count_shared_start(typed, known)


def _count_shared_start(typed: str, known: str) -> int:
    return next((at for at, (one, other) in enumerate(zip(typed, known, strict=False)) if one != other), len(typed))
