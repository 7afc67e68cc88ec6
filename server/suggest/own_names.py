"""Tell a name that is somebody's own from a slip, a nickname or another spelling of a known one (SPEC 5)."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import OSA

_NAMES: Final = (
    "ada adele agnes alan albert alec alexander alexandra alfred alice allan allen amanda amelia amos amy ana "
    "andrew angel ann anna anne anthony arthur ashley august austin barbara barrett beatrice belle benjamin "
    "bernard bertha brady brandy brenda bryan bryant caleb calvin carl carla carol caroline carrie cassandra "
    "catherine cecilia celia chad charles charlotte chester christian christina christine claire clara clare "
    "clark claude clement cole conrad cora cornelia craig crystal curtis daisy dana daniel david deborah debra "
    "della dennis derek diana diane dolores dominic donald donna dora doris dorothy douglas duncan dylan earl "
    "edgar edith edmund edward edwin eileen elaine eleanor elena elisa eliza elizabeth ella ellen elmer eloise "
    "elsie emil emily emma emmanuel eric erica erika erin ernest esther eugene eva evan evelyn fay felicia felix "
    "fernando fiona flora florence frances francine francis frank franklin frederick gabriel gail gareth garrett "
    "gary gene george georgia gerald gilbert gina glen gloria gordon grace grant gregory greta gwen hannah harold "
    "harriet harrison harry harvey hayley hazel heather heidi helen helena henrietta henry herbert hester hilary "
    "howard hugh hugo ian ida inez inga irene iris isaac isabel isabella ivan ivy jacob jacqueline jake james "
    "jamie jane janet janice jared jasmine jason jasper jay jean jeanette jeffrey jenna jennifer jeremiah jeremy "
    "jerome jessica jesus joan joanna joel john jonah jonathan jordan joseph josephine joshua joy joyce juan "
    "juanita judith julia julian julie june justin kara karen karl katherine kathleen kathryn kayla keith kelly "
    "kenneth kevin kimberly kirk kristen kristin kurt kyle lance lara laura lauren laurence lawrence lea leah lee "
    "leila lena leo leon leonard leroy leslie levi lewis lila lillian lily linda lindsay lionel lisa lloyd lois "
    "lola lorenzo loretta lorraine louis louisa louise lucas lucia lucille luis luke lydia lyle lynn mabel "
    "madeline manuel marc marcia marcus margaret maria mariah marian marie marilyn marina mario marion marjorie "
    "mark marlene marsha martha martin marvin mary maryam mason matilda matthew maureen maurice maxine may maya "
    "megan melanie melinda melissa melvin mercy michael michelle miguel milan mildred miles milton mina mira "
    "miranda miriam mitchell molly mona monica morgan morris moses myra nadia nancy naomi natalie natasha nathan "
    "nathaniel neil nelson nicholas nicole nina noah noel nora norma norman olga olive oliver olivia omar orlando "
    "oscar otto owen pamela patricia patrick paul paula pauline pearl pedro penelope percy perry peter philip "
    "phoebe phyllis pierre polly priscilla prudence rachel ralph ramon raphael raymond rebecca regina reginald "
    "rene rhoda ricardo richard rita robert roberta roberto robin roger roland ronald rosa rosalie rosalind rose "
    "rosemary ross roxanne roy ruby rudolph rufus rupert russell ruth ryan sabrina sadie sally salvador samantha "
    "samson samuel sandra sara sarah saul scott sean selena selma serena seth shane sharon shaun shawn sheila "
    "sheldon shelly sherry shirley sidney silas simon sonia sophia sophie spencer stanley stella stephanie "
    "stephen steven stewart stuart susan susanna sylvia tabitha tamara tanya tara taylor terence teresa thelma "
    "theodora theodore theresa thomas tiffany timothy tobias tracy travis tristan trudy tyler valentina valerie "
    "vanessa vera verna vernon veronica victor victoria vincent viola violet virginia vivian wade wallace walter "
    "wanda warren wayne wendy wesley wilbur wilfred willard william wilma winifred winston woodrow xavier yolanda "
    "yvonne zachary zoe"
)
_GIVEN: Final = frozenset(_NAMES.split())
"""Names that people are given, also those by which others are called for short: Hannah is no Anna, though some are
called so."""
_SHORT: Final = 4
"""Letters of a name in which another letter makes another one: Vo and Vu, Yan and Yang, Phan and Pham."""
_GENDERS: Final = frozenset({"a", "o", "e"})


def are_both_given(one: str, other: str) -> bool:
    """Whether two names (in lower case and Latin letters) are such as people are given, each by itself."""
    return one in _GIVEN and other in _GIVEN


def is_of_another(written: str, known: str) -> bool:
    """Whether a name is likely to be right as it is written, whether or not anybody knows it, so that it is no slip of
    the known one: a woman's in place of a man's (Malika, Malik), or a short one with another letter. Letters exchanged
    or twice are a slip."""
    short, long = sorted((written, known), key=len)
    if len(long) - len(short) <= 1 and short[:-1] == long[: len(short) - 1] and _differ_in_gender(short, long):
        return True
    if len(written) > _SHORT or OSA.distance(written, known) != 1 or sorted(written) == sorted(known):
        return False
    return not _is_twice(short, long)


def _differ_in_gender(short: str, long: str) -> bool:
    if len(short) == len(long):
        return short[-1] != long[-1] and {short[-1], long[-1]} <= _GENDERS
    return long == f"{short}a"


def _is_twice(short: str, long: str) -> bool:
    """Whether the longer one has a letter twice that the shorter has once."""
    return any(long == short[:place] + short[place - 1 :] for place in range(1, len(short) + 1))
