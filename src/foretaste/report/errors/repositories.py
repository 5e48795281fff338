"""FT3xx: git repositories, and what is pushed to them."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

REPOSITORIES: Mapping[str, Code] = {
    "FT301": Code(
        "git cannot do this",
        "git is missing, too old, or says no for a reason that waiting does not mend.",
        "See the message; git 2.38 or later has to be installed.",
    ),
    "FT302": Code(
        "git could not do this now",
        "The disk is full, a lock is held, or git took too long. It is tried again.",
        "Free space, or look at what else uses the repositories; the gate goes on by itself.",
    ),
    "FT303": Code(
        "a commit is not there",
        "A repository does not have an object that it should have.",
        "See whether someone wrote into the gate's repositories; they belong to the gate alone.",
    ),
    "FT304": Code(
        "this cannot be a project's name",
        "Names become folders and addresses, so what they may hold is narrow.",
        "Take letters, digits, '.', '_' and '-'.",
    ),
    "FT305": Code(
        "this cannot be a branch's name",
        "git, or the gate, does not take such a name.",
        "Take another name; the message says what is wrong with this one.",
    ),
    "FT306": Code(
        "there is no such project",
        "The gate has no repository of that name.",
        "Mend the name, or have the project added to the gate's settings.",
    ),
    "FT308": Code(
        "a file in a tree is not taken",
        "It is too large, or a link that leads out of the tree or in a circle.",
        "Mend the file that the message names.",
    ),
    "FT309": Code(
        "something cannot be committed",
        "Only files, folders and links with ordinary names can stand in a tree.",
        "Remove or rename what the message names.",
    ),
    "FT310": Code(
        "the branch is guarded",
        "Only what the gate has tested lands on a guarded branch; nothing is pushed to it.",
        "Propose your commits: git push -o topic=NAME ADDRESS HEAD:refs/for/BRANCH",
    ),
    "FT311": Code(
        "this ref is not for pushing",
        "Only guarded branches, proposals (refs/for/…) and tags are written by pushing, and "
        "nothing is deleted.",
        "Push to refs/for/BRANCH.",
    ),
    "FT312": Code(
        "a change has neither a Change-Id nor a topic",
        "Without one of them a later push could not be known as the same change.",
        "Push with -o topic=NAME, or put a Change-Id trailer into the commit's message.",
    ),
    "FT313": Code(
        "there is nothing to propose",
        "The branch has this commit already.",
        "Commit something on top of the branch, then push again.",
    ),
    "FT314": Code(
        "too many changes at once",
        "The push would propose a very long stack, most likely because it is not based on the "
        "branch.",
        "Rebase onto the branch, or squash, then push again.",
    ),
    "FT315": Code(
        "a merge cannot be a change",
        "A change is one commit on top of another; the gate makes the merges itself.",
        "Rebase your commits onto the branch, then push again.",
    ),
    "FT316": Code(
        "the commits share no history with the branch",
        "They do not descend from anything on the branch.",
        "Fetch the branch and rebase onto it, then push again.",
    ),
    "FT317": Code(
        "a trailer is not well formed",
        "A Change-Id or Depends-On in a commit's message cannot be used.",
        "Mend the message as the hint says (git commit --amend), then push again.",
    ),
    "FT318": Code(
        "a push option is not known",
        "The options are `topic=NAME` and `approve`; a topic is a short plain name.",
        "Mend the option, then push again.",
    ),
    "FT319": Code(
        "the branch cannot be proposed to",
        "It is no guarded branch of this project, or has no commit yet.",
        "Propose to one that the message lists; an owner makes a branch's first commit.",
    ),
    "FT320": Code(
        "you may not do this",
        "Your token does not have the role that this push needs.",
        "Push without it, or ask the gate's owner for the role.",
    ),
    "FT321": Code(
        "another part of the push was refused",
        "The push was atomic, so nothing of it was done.",
        "Mend what was refused, or push without --atomic.",
    ),
    "FT322": Code(
        "the ref is there already",
        "Someone else was first, or a tag was to be moved, which tags never are.",
        "Fetch and look; a new tag needs a new name.",
    ),
    "FT323": Code(
        "the gate broke off",
        "An error of the gate's own, which is in its log. What was taken is stored.",
        "Push again later: what was taken already is not taken twice.",
    ),
    "FT324": Code(
        "a token is needed",
        "The git request carried no token that counts.",
        "Give the token as the password, with any user name.",
    ),
    "FT325": Code(
        "too much at once",
        "The gate serves as many git requests as it can at the moment.",
        "Come again in a moment.",
    ),
    "FT326": Code(
        "the push is too large, or packed in an unknown way",
        "A request's body has a limit, and may be gzipped but nothing else.",
        "Push less at once, and leave large files out of the repository.",
    ),
}
