"""What people write for the values of a site's lists: a general table of English (SPEC 5).

Each line is one meaning, its phrases parted by commas. Words parted by a slash stand for one another, so that
`found/got job/work` is four phrases; `-` among them is no word at all. A question mark ends a phrase that most often,
but not always, has this meaning: it only makes a value likely. A site's own words are learnt as remembered fixes.
"""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple

from workbook.columns import REASON, RELATIONSHIP, STATUS

_LINES: Final[dict[str, tuple[str, ...]]] = {
    RELATIONSHIP: (
        "primary, main, principal, lead, first, 1st, key worker, main worker, chief, pcm, of record, in charge, "
        "assigned case/- manager/worker/caseworker/cm, regular/usual/own case/- manager/worker/caseworker/cm, "
        "responsible, assigned?, owner",
        "secondary, second, 2nd, 2ndary, co worker/manager/cm, co?, assisting, associate, additional, joint, "
        "shared, other/another assigned, support worker?",
        "backup, back up, b u, bu, alternate, alt, substitute, sub, stand in, stands in, standby, cover, covering, "
        "covers, coverage, relief, reserve, fill/fills/filling in, on call, when out, "
        "vacation/leave/sick coverage",
        "supervisor, supv, supvr, supervising, supervision, supervises, team/unit/shift lead/leader, oversight, "
        "oversees, overseeing, boss, manager over, signs/sign off, program/clinical/unit manager/director, "
        "director, coordinator?",
        "aide, aid, assistant, asst, assists, helper, helps, paraprofessional, para, tech, technician, case tech, "
        "support staff, clerical?, paperwork?, transports, transportation?, drives, driver, does rides, rides?",
        "intake, admission, admissions, admitting, screening, screener, screened, assessor, assessment?, "
        "enrollment?, enrolment?, enrolled by, opened case, front door, coordinated entry, initial?, onboarding, "
        "registration?, referral worker, first contact",
        "temporary, temp, interim, acting, short term, for now, until/til/till hired/reassigned/new, "
        "holding until/til, maternity/paternity/parental leave, provisional, float, floater, floating, "
        "time limited, bridge?",
        "mentor, coach, buddy, peer, peer support/specialist/navigator/worker/advocate, pss, big brother/sister, "
        "recovery/life/job coach, role model, sponsor?",
    ),
    STATUS: (
        "active, open, current, ongoing, in progress, live, working?, enrolled, engaged, participating, attending, "
        "in services/service/program/care/treatment, being served/seen, served?, receiving services, continuing, "
        "continues, opened, full services, seen weekly/monthly/regularly",
        "pending, awaiting, to be assigned, not started, not yet started, in process, in processing, tbd?, "
        "unassigned, "
        "waiting on/for "
        "paperwork/documents/docs/approval/verification/authorization/assignment/intake/signature/funding, "
        "docs/documents/paperwork/approval needed, needs docs/documents/paperwork/approval/intake, under review, "
        "processing, referral received/in, referred, new referral, not/- yet enrolled/assigned/opened, "
        "not enrolled/assigned/opened?, application/app submitted/in/received/pending, applied, "
        "intake/assessment/appointment/appt scheduled/booked, starting/starts soon, "
        "incomplete application/paperwork, waiting?",
        "on hold, hold, holding, paused, pause, suspended, deferred, parked, frozen, freeze, hiatus, interrupted, "
        "on break/leave, temporarily stopped/closed/suspended/inactive, leave of absence, put on pause/hold, "
        "stopped for now, out of town/country, taking break, break?",
        "waitlisted, waitlist, wait list, waiting list, wait listed, w l, wl, queued, queue, in queue/line, "
        "on list, next in line, waiting for/on opening/slot/bed/unit/spot/space/vacancy/placement/place/room, "
        "no beds/bed/slots/slot/openings/opening/room/space/spots/spot/capacity/availability, program full, full?, "
        "at capacity, added to list, waiting?",
        "monitoring, monitored, follow/following up, followup, f u, fu, aftercare, after care, watch, watching, "
        "check/checking in/ins, maintenance, step down, stepdown, light touch, keeping/keep eye, observing, "
        "observation?, tracking?, periodic/occasional/quarterly/monthly/weekly contact/calls/check?, "
        "stabilization, post placement/program/discharge, tapering",
        "inactive, dormant, not active, no/- recent activity?, no recent activity, no activity, not engaged, "
        "not currently engaged, disengaged, unengaged, not participating/attending/seen, "
        "not receiving/in services, no services/contact, stale, idle, lapsed, on books, non active, "
        "stopped coming/attending",
        "closed, ended, finished, close, exited, exit, discharged, discharge, d c, dc, d cd, dcd, terminated, "
        "termination, dismissed, complete, completed, no longer client/participant/enrolled/served/active/in, "
        "archived, graduated?, left program?, done?, resolved, concluded",
    ),
    REASON: (
        "completed, complete, completion, finished, graduated, graduate, graduation, grad, "
        "goals/goal met/achieved/reached/complete/completed/accomplished, "
        "met/achieved/reached/accomplished all/his/her/their/- treatment/tx/service/plan/- goals, successful, "
        "success, successfully completed, successfully, "
        "finished/completed/complete treatment/tx/services/plan/curriculum/course/classes/course, "
        "successful exit/discharge/completion/closure, "
        "treatment/tx/plan/services/course/curriculum complete/completed/finished, "
        "program completed/complete/finished/done, done with program, program over?, "
        "no longer needs/need/requires services/help/support?, self sufficient?, certificate?",
        "moved, moved away, relocated, relocation, relocating, moved out of area/state/county/town/city/country, "
        "out of area/state/county/town/country, oos, left/leaving/leaves area/town/county/state/city/country, "
        "no longer in/lives area/state/county/here, no longer lives/living in area/state/county/here, new address, "
        "moved back home, returned to home/- country/state/home, went back home/to, went to live/stay with, "
        "moved in with family/sister/brother/parents/mother/father/daughter/son/relatives, "
        "moved to another/different/other county/state/city/town, resettled, secondary migration, migrated",
        "transferred, transfer, xfer, xferred, trans to?, reassigned, reassignment, "
        "handed over/off, handed over/off to colleague/coworker/another/new, hand off, handoff, "
        "new/different/another/other/changed/switched/changing/switching "
        "worker/workers/cm/cms/caseworker/caseworkers/manager/managers, "
        "worker/cm/caseworker/manager/staff change/changed/switch/switched/left/leaving/turnover, moved caseload, "
        "moved to new/another/different/other caseload/worker/cm/team, transferred out, given to?, passed to?, "
        "taken over, took over, assigned to new/another/other/different, caseload transfer/rebalanced, "
        "picked up by",
        "lost contact, no contact, lost touch, out of contact, unable/failed/failing to contact/reach/locate/find, "
        "cannot/cant/couldnt/could/can not/- contact/reach/locate/find, unreachable, whereabouts unknown, "
        "lost to follow up, ltfu, utl, utc, utr, disappeared, vanished, awol, mia, missing, ghosted, "
        "stopped coming/answering/responding/attending/calling, "
        "stopped answering/returning/responding calls/phone/texts, not answering/responding/reachable, not returning?, "
        "not answering/returning/responding calls/phone/texts/messages, no response/reply/answer, "
        "not heard from, havent/not heard, never heard/came back, unresponsive, "
        "phone/number disconnected/off/changed, disconnected, not in service, no show, no shows?, never returned, "
        "returned mail, mail returned, fell/dropped off, contact lost, left without notice/telling, ran away",
        "declined, declined services, refused, refused services/to participate, withdrew, withdrawn, withdrawal, "
        "opted out, opt out, not interested, no longer interested/wants/want/wanted, "
        "client/own/family choice/request, self discharge/discharged/terminated/exit/exited, dropped out, "
        "voluntary/voluntarily withdrawal/exit/left/discharge, quit, turned down, said no, no thanks, "
        "does not/doesnt/didnt/did not/- want/wants/wanted "
        "services/help/service/assistance/support/program/cm/worker/participate, doesnt want, does not want, "
        "client/family/parent/parents requested closure/discharge/close, "
        "asked/requested/wants/wanted to close/stop/leave/end, requested closure/discharge, rejected?, walked away, "
        "left voluntarily, signed out, revoked/withdrew consent, against medical/- advice, ama",
        "deceased, died, death, dead, passed away, passed, passed on, expired?, rip, dod?, fatal?, fatally, "
        "fatal overdose/od/accident, overdose/od death, killed, suicide, homicide",
        "data entry error, entered in error, error, entry error, mistake, entered by mistake, wrong entry, "
        "duplicate, dup, dupe, duplicated, dup/dupe/duplicate record/entry/client/file/case/enrollment, "
        "wrong client/person/participant/family/record/name/program/file/id, "
        "wrong person/client/participant enrolled/entered, "
        "should not/never have been added/entered/enrolled/opened, "
        "shouldnt have been added/entered/enrolled/opened, test?, test record/entry/case/client, "
        "keyed wrong/incorrectly, typo, clerical/input/system/user/data/staff error, "
        "added/created/opened/enrolled/keyed by/in mistake/error, entered/enrolled/added twice, double entry, "
        "invalid?, incorrect entry/record, entered wrong/incorrectly, wrongly entered",
        "ineligible, no longer eligible, not eligible, over income, overincome, "
        "lost eligibility/benefits/funding/insurance/coverage/medicaid, "
        "loss of eligibility/benefits/funding/insurance/coverage/medicaid, does not/doesnt/didnt qualify, "
        "not qualify, no longer qualifies/qualify/meets/meet, doesnt/not meet criteria/requirements/guidelines, "
        "no longer meets/meet criteria/requirements/guidelines, not qualified, disqualified, unqualified, nle, "
        "income too high, income too high now, income over/above/exceeds/exceeded limit/guidelines, "
        "exceeds/exceeded/over income limit/guidelines/threshold, "
        "failed/fail/denied recert/recertification/redetermination/eligibility/renewal, "
        "found not eligible, found ineligible, "
        "benefits/funding/coverage/eligibility/insurance ended/expired/lost/terminated, "
        "time/- limit reached/expired, outside/out catchment/jurisdiction/service area?, max/maximum time/stay",
        "incarcerated, incarceration, jail, jailed, prison, in prison, imprisoned, arrested, arrest, detained, "
        "detention, locked up, in custody, custody?, serving time/sentence, doc?, sentenced, behind bars, "
        "correctional, corrections, booked?, released/discharged from jail/prison/custody?, convicted, "
        "juvenile hall/detention, juvie, county lockup/- jail, remanded",
        "hospitalized, hospitalised, hospitalization, hospital, institutionalized, inpatient, inpt, admitted?, "
        "admission?, admitted to/- hospital/psych/icu/ward/facility/rehab/unit, "
        "psych/psychiatric/medical admission/hold/ward/unit/hospital/facility/stay, icu, skilled nursing, snf, "
        "nursing home/facility, hospice, committed?, in/- rehab?, long term care, memory care, "
        "residential treatment?, surgery?, discharged/released from hospital/inpatient?",
        "aged out, ages/aging/ageing out, too old, over age, over age limit, overage, over max/maximum/upper age, "
        "turned/turning/turns 16/17/18/19/20/21/22/23/24/25/26/60, "
        "exceeded/exceeds/reached/hit/past/above/passed max/maximum/upper/- age, "
        "exceeded/exceeds/reached/hit/past/above/passed max/maximum/upper/- age limit/cutoff/cap/requirement, "
        "age limit/cutoff/cap, age out, no longer youth/minor/child, adult now, now adult, emancipated, "
        "over 18/21/24/25/26, left youth program, reached majority/adulthood, age of majority",
        "non compliance, noncompliance, noncompliant, non compliant, "
        "not compliant/complying/cooperating/following, uncooperative, nc, "
        "rule/rules/contract/agreement/policy/program/curfew violation/violations/violated/broken, "
        "violated/violating/violates/broke/breaking/breaks/break program/house/shelter/lease/- "
        "rule/rules/agreement/contract/policy/policies, "
        "didnt/did/not/failed/failing/refused/fails/doesnt not/to/- comply/follow/cooperate, "
        "failure/failed/refused to comply/cooperate/follow, "
        "didnt/not/wont follow case/treatment/service/program/- plan/rules, terminated?, "
        "terminated for/by cause/program/rules, expelled, kicked out, asked to leave?, "
        "refused drug/- test/tests/testing/screen/ua, "
        "too many/- missed/no appts/appointments/sessions/visits/shows, missed appts/appointments/sessions/visits, "
        "banned, barred, threatening?, violence?, violent?, disruptive, "
        "administrative/involuntary/disciplinary discharge/exit/termination, no follow through, positive ua",
        "housed, "
        "found/got/has/have/obtained/secured/received/gained/acquired/new own/permanent/perm/stable "
        "housing/apartment/apt/home/house/unit/place, "
        "found/got/has/have/obtained/secured/received/gained/acquired housing/apartment/apt/house/unit, "
        "found/got/has/have/new home/place?, new housing/apartment/apt?, permanently/stably/now housed, "
        "permanent/perm/stable housing, "
        "moved/moving/moves into/in/to own/permanent/perm/stable/- "
        "housing/apartment/apt/home/house/unit/place/psh/ph/rrh, move in?, moved in?, moved in voucher/lease, "
        "signed/signs lease, lease up/signed, leased up, got/received keys, keys, "
        "placed/placement in/into/- psh/ph/rrh/housing/apartment/unit, "
        "psh/ph/rrh/housing placement/placed/exit/secured/obtained/found, "
        "exited/exit to ph/perm/permanent/psh/stable housing/-, bought/purchased home/house/condo, "
        "own place/apartment/apt/home/lease, rapid rehousing, rehoused",
        "employed, employment, "
        "found/got/has/have/obtained/secured/gained/started/starting/accepted/landed new/steady/- "
        "job/work/employment/position, working/works/work now/ft/pt/fulltime/parttime/steady, "
        "working/works/work at/as?, "
        "working full/part time, working, works?, new job/position, hired, "
        "full/part time/- job/work/employment/employed, job placement/offer/start, "
        "employment/job obtained/secured/found/gained/started, back/returned/went to work, return to work, "
        "self employed, now working",
    ),
}  # fmt: skip
_LIKELY_SIGN: Final = "?"


class Phrase(NamedTuple):
    """Some words, in lower case, and the line (from 0) of which they are one phrase."""

    words: str
    line: int
    is_sure: bool


def phrases_of(column: str) -> list[Phrase]:
    """Every phrase of a column, those with slashes in all their forms; [] for a column that has none."""
    found: list[Phrase] = []
    for line, phrases in enumerate(_LINES.get(column, ())):
        for phrase in phrases.split(", "):
            plain = phrase.removesuffix(_LIKELY_SIGN)
            for words in product(*(word.split("/") for word in plain.split())):
                said = " ".join(word for word in words if word != "-")
                found.append(Phrase(said, line, is_sure=plain == phrase))
    return found
