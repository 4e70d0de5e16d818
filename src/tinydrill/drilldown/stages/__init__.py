"""A drill-down in stages: target, result and analysis of each, computed from records.

Read in this order:

    file           what a person writes: stages, targets, rules of who goes on
    read           that file, checked before anything is trained
    configuration  one net under one recipe as changed
    trained        a configuration with its runs: what all below reads
    targets        a target held against runs, and who goes on
    fitting, analysis, contrasts   the sentences: over-fitting; trend, step, confusion; comparisons
    result         rows and sentences of a stage put together
    outcome        what came of it all, and its JSON file
    text           the outcome in words and Markdown
    reuse          runs that are there already
    keeping        the folder where the outcome stands
    rebuilding     an outcome made anew from its records, for whoever shows it
    run            all of it carried out

The outcome is what others read, so it can be had from here.
"""

from tinydrill.drilldown.stages.outcome import (
    MARKDOWN,
    STAGES,
    Clause,
    Row,
    Sentence,
    StageOutcome,
    StagesOutcome,
    load_outcome,
    save_outcome,
)

__all__ = [
    "MARKDOWN",
    "STAGES",
    "Clause",
    "Row",
    "Sentence",
    "StageOutcome",
    "StagesOutcome",
    "load_outcome",
    "save_outcome",
]
