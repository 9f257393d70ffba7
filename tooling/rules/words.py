"""The words that the book avoids, and the spelling that it keeps.

Left a regular expression, matched from word to word whatever its capitals;
right what to do instead.
"""

AVOIDED = {
    # Worn out by advertising.
    r"delv(?:e|es|ed|ing)": "look at it, or leave it out",
    r"crucial(?:ly)?": "say what fails without it",
    r"pivotal": "say what depends on it",
    r"powerful(?:ly)?": "say what it can do",
    r"leverag(?:es|ed|ing)|to leverage": "use",
    r"utili[sz](?:e|es|ed|ing|ation)": "use",
    r"harness(?:es|ed|ing)?": "use",
    r"seamless(?:ly)?": "say what fits together, and how",
    r"cutting[- ]edge": "name the year and the paper",
    r"game[- ]chang(?:er|ing)": "say what changed",
    r"ground-?breaking": "say what was new",
    r"revolutioni[sz](?:e|es|ed|ing)": "say what changed",
    r"plethora|myriad": "many, or the number",
    r"realm|tapestry": "name the thing itself",
    r"a testament to": "shows",
    r"deep dive|dive (?:deep )?into(?! Deep Learning)": "look at",
    r"unlock(?:s|ed|ing)? the": "say what becomes possible",
    r"plays? an? \w+ role": "say what it does",
    # Throat-clearing.
    r"it is (?:important|interesting|essential|worth(?:while)?) to \w+": (
        "say it without announcing it"
    ),
    r"it(?:'s| is) worth (?:noting|mentioning|pointing)": "say it",
    r"it should be (?:noted|mentioned|pointed)": "say it",
    r"(?:please )?note that": "say it without announcing it",
    r"needless to say|it goes without saying": "leave it out",
    r"as (?:we (?:all )?know|is well known|everybody knows)": "leave it out",
    r"last but not least|first and foremost": "leave it out",
    r"at the end of the day|when it comes to": "leave it out",
    r"in conclusion|to summari[sz]e|in a nutshell": "leave it out",
    # Announcements of what comes next.
    r"in (?:this|the next|the following) (?:section|chapter|page),? we": (
        "begin with the thing itself"
    ),
    r"(?:we will|we shall|let us|let's) now": "do it without announcing it",
    r"(?:we|I) will (?:discuss|introduce|cover|explore|see how)": (
        "do it without announcing it"
    ),
}

# British, with -ize. Names and titles of works keep their own.
SPELLING = {
    r"colors?|colored|coloring|colorful": "colour",
    r"grays?|grayscale": "grey",
    r"neighbor\w*": "neighbour",
    r"behaviors?|behavioral": "behaviour",
    r"favor(?:s|ed|ing|able|ite|ites)?": "favour",
    r"flavors?": "flavour",
    r"honor(?:s|ed)?": "honour",
    r"labor(?:s|ed)?": "labour",
    r"centers?|centered|centering": "centre",
    r"fibers?": "fibre",
    r"meters?": "metre, unless it measures",
    r"kilometers?|centimeters?|millimeters?": "-metre",
    r"label(?:ed|ing)": "labelled, labelling",
    r"model(?:ed|ing)": "modelled, modelling",
    r"cancel(?:ed|ing)": "cancelled, cancelling",
    r"travel(?:ed|ing)": "travelled, travelling",
    r"analyz(?:e|es|ed|ing)": "analyse",
    r"artifacts?": "artefact",
    r"(?:(?:de|re|un|over|multi)?(?:real|recogn|general|regular|normal|optim|minim|maxim|"
    r"initial|visual|standard|factor|parameter|vector|token|quant|summar|"
    r"organ|util|penal|random|memor|special|equal|local))"
    r"is(?:e|es|ed|ing|ation|ations|er|ers)": "-ize",
    r"percent": "per cent",
    r"datasets?": "data set",
    r"mini ?batch(?:es)?": "mini-batch",
}
