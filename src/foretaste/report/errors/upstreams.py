"""FT96x: repositories of dependencies; FT97x: a past stretch of time, replayed."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

UPSTREAMS: Mapping[str, Code] = {
    "FT960": Code(
        "this is no repository that can be read",
        "A repository of a dependency is a folder, or an address that is fetched from without a "
        "password; what could be taken for an option or a command is neither.",
        "Give a folder, or an address that begins with https; clone what needs a password first.",
    ),
    "FT961": Code(
        "the repository cannot be fetched",
        "Git could not read it: it is not there, nobody is let in without a password, or its "
        "objects are damaged.",
        "See what git says in the message; a clone that you made yourself can be given instead.",
    ),
    "FT962": Code(
        "the repository has no such commit",
        "No branch, tag or commit of it has this name.",
        "Give a branch, a tag or a whole commit id that is there.",
    ),
    "FT963": Code(
        "no tag stands for the release",
        "To find the bad commit between two releases, the commits of both have to be known, and "
        "no tag of the repository has the version's number.",
        "See whether it is the right repository, and whether its tags are in your clone.",
    ),
    "FT964": Code(
        "the commits between the releases cannot be looked through",
        "The two releases have no commit in common, or too many lie between them.",
        "See whether the clone is complete (`git fetch --unshallow`).",
    ),
    "FT965": Code(
        "the tree is another package",
        "What was built from the repository has another name than what it is to stand for.",
        "See whether it is the right repository.",
    ),
    "FT966": Code(
        "there is nothing to look for in the repository",
        "The first bad commit is looked for between two releases of a culprit, and the check "
        "found no culprit that has both.",
        "Look at the verdict: what appears or vanishes has no release before or after it.",
    ),
    "FT970": Code(
        "this is no stretch of time",
        "A replay goes from one date to a later one, neither of them in the future.",
        "Give --from and --to as dates, the earlier one first.",
    ),
    "FT971": Code(
        "the base cannot be known",
        "Neither a file of versions nor what resolves at the stretch's beginning gives a state "
        "that the stretch could begin with.",
        "Give the versions that worked then with --base.",
    ),
    "FT974": Code(
        "the stretch begins with a state that fails",
        "The tests fail already on the versions with which the stretch begins, so that nothing "
        "that came later can be compared with them.",
        "Give the versions that worked then with --base; see that the tests pass on them.",
    ),
    "FT972": Code(
        "plots cannot be drawn here",
        "Drawing needs matplotlib, which is not installed with Foretaste by itself.",
        "Install it with `pip install 'foretaste[plot]'`.",
    ),
    "FT973": Code(
        "the plot cannot be written",
        "The file's ending is not one of a picture that is drawn, or the file cannot be written.",
        "Give a file that ends in .png or .svg, in a folder that is there.",
    ),
}
