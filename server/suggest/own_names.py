"""Tell a name that is somebody's own from a slip, a nickname or another spelling of a known one (SPEC 5)."""

from __future__ import annotations

import re
from typing import Final

from rapidfuzz.distance import OSA

from server.suggest.dictionary import is_english

_NAMES: Final = (
    "ada adele agnes alan albert alec alexander alexandra alfred alice amanda amelia amos amy ana andrew angel "
    "ann anna anne anthony arthur ashley august austin barbara barrett beatrice belle benjamin bernard bertha "
    "brandy brenda bryan bryant caleb calvin carl carla carol caroline cassandra cecilia celia chad charles "
    "charlotte chester christian christina christine claire clara clark claude clement cole conrad cora cornelia "
    "craig crystal curtis dana daniel david deborah debra della dennis derek diana diane dolores dominic donald "
    "donna dora doris dorothy douglas duncan dylan earl edgar edith edmund edward edwin eileen elaine eleanor "
    "elena elisa eliza elizabeth ella ellen elmer eloise elsie emil emily emma emmanuel eric erica erika erin "
    "ernest esther eugene eva evan evelyn fay felicia felix fernando fiona flora florence frances francine "
    "francis franklin frederick gabriel gail gareth garrett gary george georgia gerald gilbert gina glen gloria "
    "gordon grace grant gregory greta gwen hannah harold harriet harrison harvey hayley hazel heather heidi helen "
    "helena henrietta henry herbert hester hilary howard hugh hugo ian ida inez inga irene iris isaac isabel "
    "isabella ivan ivy jacob jacqueline james jane janet janice jared jasmine jason jasper jean jeanette jeffrey "
    "jenna jennifer jeremiah jeremy jerome jessica jesus joan joanna joel john jonah jonathan jordan joseph "
    "josephine joshua joy joyce juan juanita judith julia julian julie june justin kara karen karl katherine "
    "kathleen kathryn kayla keith kelly kenneth kevin kimberly kirk kristen kristin kurt kyle lance lara laura "
    "lauren laurence lawrence leah lee leila lena leo leon leonard leroy leslie levi lewis lila lillian lily "
    "linda lindsay lionel lisa lloyd lois lola lorenzo loretta lorraine louis louisa louise lucas lucia lucille "
    "luis luke lydia lyle lynn mabel madeline manuel marcia marcus margaret maria mariah marian marie marilyn "
    "marina mario marion marjorie mark marlene marsha martha martin marvin mary maryam mason matilda matthew "
    "maureen maurice maxine may maya megan melanie melinda melissa melvin mercy michael michelle miguel milan "
    "mildred miles milton mina mira miranda miriam mitchell mona monica morgan morris moses myra nadia nancy "
    "naomi natalie natasha nathan nathaniel neil nelson nicholas nicole nina noah noel nora norma norman olga "
    "olive oliver olivia omar orlando oscar otto owen pamela patricia patrick paul paula pauline pearl pedro "
    "penelope percy perry peter philip phoebe phyllis pierre priscilla prudence rachel ralph ramon raphael "
    "raymond rebecca regina reginald rene rhoda ricardo richard rita robert roberta roberto robin roger roland "
    "ronald rosa rosalie rosalind rose rosemary ross roxanne roy ruby rudolph rufus rupert russell ruth ryan "
    "sabrina salvador samantha samson samuel sandra sarah saul scott sean selena selma serena seth shane sharon "
    "shawn sheila sheldon sherry shirley sidney silas simon sophia sophie spencer stanley stella stephanie steven "
    "stuart susan susanna sylvia tabitha tamara tanya tara taylor terence thelma theodora theodore theresa thomas "
    "tiffany timothy tobias tracy travis tristan trudy tyler valentina valerie vanessa vera verna vernon veronica "
    "victor victoria vincent viola violet virginia vivian wade wallace walter wanda warren wayne wendy wesley "
    "wilbur wilfred willard william wilma winifred winston woodrow xavier yolanda yvonne zachary zoe"
)
_GIVEN: Final = frozenset(_NAMES.split())
"""Names that people are given, also those by which others are called for short: Hannah is no Anna, though some are
called so."""
_SHORT: Final = 4
"""Letters of a name in which another letter makes another one: Vo and Vu, Zhu and Zhou, Phan and Pham. Of names
that are common in English (Johm) it is a slip, unless it is the last one that is missing (Yan, Yang)."""
_VOWEL: Final = re.compile("[aeiou]")
_GENDERS: Final = frozenset({"a", "o", "e"})


def are_both_given(one: str, other: str) -> bool:
    """Whether two names (in lower case and Latin letters) are such as people are given, each by itself."""
    return one in _GIVEN and other in _GIVEN


def is_of_another(written: str, known: str) -> bool:
    """Whether a name is likely to be right as it is written, whether or not anybody knows it, so that it is no slip of
    the known one: a woman's in place of a man's (Malika, Malik), or a short one with another letter. Letters exchanged
    or twice are a slip."""
    short, long = sorted((written, known), key=len)
    if OSA.distance(written, known) != 1 or sorted(written) == sorted(known) or _is_twice(short, long):
        return False
    if _differ_in_gender(short, long):
        return True
    if len(long) > _SHORT or _VOWEL.search(written) is None:
        return False
    return not is_english(known) or known.startswith(written)


def _differ_in_gender(short: str, long: str) -> bool:
    if len(short) == len(long):
        return short[:-1] == long[:-1] and {short[-1], long[-1]} <= _GENDERS
    return long == f"{short}a"


def _is_twice(short: str, long: str) -> bool:
    """Whether the longer one has a letter twice that the shorter has once."""
    return any(long == short[:place] + short[place - 1 :] for place in range(1, len(short) + 1))
