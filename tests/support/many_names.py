"""Names of many cultures and how they are mistyped, from a seed; further programs and list values to confuse."""

from __future__ import annotations

import random

from server.judge.reference import FeederValue, Participant, Program, Staff
from workbook.columns import REASON, RELATIONSHIP, STATUS

FIRST_NAMES = """
Aaliyah Abebe Adaeze Agnieszka Ahmed Aiko Alejandra Alexander Amara Amelia Amina Ananya Andrzej Anthony Arjun Astrid
Ayesha Beatriz Benjamin Björn Brandon Bronisława Carlos Catherine Chidi Chinedu Christopher Claudia Consuelo Dariusz
Deborah Deepika Demetrius Diego Dimitri Dolores Dorothy Dwayne Ebony Eduardo Eleanor Elizabeth Emeka Emmanuel Esperanza
Fatima Fernando Françoise Gabriela Giovanni Grzegorz Guadalupe Gwendolyn Hamza Haruto Hassan Hector Hiroshi Hyun-woo
Ibrahim Ifeoma Ingrid Isabella Ivana Jacqueline Jamal Javier Jennifer Jessica Jesús Ji-hoon Jonathan José Joyce Kamala
Katarzyna Keisha Kenji Khadija Kimberly Kofi Kwame Lakshmi Latoya Leilani Lorenzo Lourdes Lucía Magdalena Malik Marcus
Margaret Mariam María Mei-ling Michael Miguel Miriam Mohammed Nadia Ngozi Nguyet Nicholas Nkechi Olga Oluwaseun Omar
Patricia Pedro Phuong Priya Rachel Rafael Rajesh Rashad Rebecca Ricardo Robert Rosario Samantha Samuel Sandeep Santiago
Sean Shanice Sigríður Siobhán Sofía Soledad Stephanie Svetlana Tamika Tariq Terrence Thanh Theodore Thomas Tomasz Tuan
Tyrone Ursula Valentina Victoria Vikram Wanjiru William Xiomara Yasmin Yolanda Yuki Yusuf Zainab Zoltan Zsófia
""".split()  # noqa: SIM905

LAST_NAMES = """
Abdi Abdullah Abubakar Achebe Adeyemi Agarwal Aguilar Akintola Alvarez Andersson Asante Ávila Bakshi Balogun Banerjee
Bautista Beaumont Benavides Bhattacharya Blackwell Boateng Bondarenko Callahan Campbell Cardoso Castellanos Chatterjee
Chaudhry Cheung Christiansen Contreras Cunningham Dąbrowski Danso Dávila DeLaCruz Demirci Desjardins Diallo Domínguez
Dubois Echeverría Edwards Egbuna Eriksen Espinoza Estrada Farouk Fernández Fitzgerald Fonseca Fujimoto Gallagher Ganesan
García Gebreselassie Ghosh Gómez González Greenberg Gustafsson Gutiérrez Hakimi Hashimoto Henderson Hernández Hoàng
Huang Huerta Ibáñez Ikeda Islam Jackson Jaramillo Jiménez Johansson Johnson Kamara Kapoor Karimi Kaur Kennedy Khalil
Kiplagat Kobayashi Kovács Kowalczyk Kumar Kuznetsov Lefebvre Lewandowski Lindqvist Lozano MacDonald Maldonado Mbeki
McAllister Mendoza Mensah Mitchell Mohamud Montgomery Morales Mukherjee Mwangi Nakamura Nascimento Ndiaye Nguyễn Novák
Nowicki Nwosu O'Brien O'Connor Obasanjo Ochoa Okafor Okonkwo Olawale Oliveira Ortega Osei Owusu Pacheco Papadopoulos
Park Patel Pereira Petrov Pham Quintero Rahman Ramírez Rasmussen Reddy Rivera Robinson Rodríguez Rosenthal Saito
Sandoval Schneider Sepúlveda Serrano Sharma Silva Singh Sokolov Stewart Subramaniam Suárez Suzuki Szabó Takahashi
Tesfaye Thompson Torres Traoré Tshabalala Valenzuela Vásquez Venkataraman Villanueva Volkov Wanjohi Washington Williams
Wiśniewski Wojciechowski Yamamoto Yang Yeboah Yılmaz Zamora Zapata Zhang Zimmermann Zúñiga
""".split()  # noqa: SIM905

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def names(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """So many different (first, last) names; some people have two surnames, some a middle name."""
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        if rng.random() < 0.10:
            last = f"{last}-{rng.choice(LAST_NAMES)}" if rng.random() < 0.5 else f"{last} {rng.choice(LAST_NAMES)}"
        if rng.random() < 0.08:
            first = f"{first} {rng.choice(FIRST_NAMES)}"
        found[first, last] = None
    return list(found)


def mistyped(rng: random.Random, text: str) -> str:
    """One slip of the finger: a letter left out, doubled, wrong, too many, or two exchanged."""
    while True:
        place = rng.randrange(len(text))
        before, char, after = text[:place], text[place], text[place + 1 :]
        letter = rng.choice("0123456789") if char.isdecimal() else rng.choice(_LETTERS)
        wrong = rng.choice(
            (before + after, before + char + char + after, before + letter + after, before + letter + char + after,
             before + after[:1] + char + after[1:])
        )  # fmt: skip
        if wrong.casefold() != text.casefold() and wrong.strip():
            return wrong


def staff_of(people: list[tuple[str, str]]) -> list[Staff]:
    return [Staff(key, f"S{key:04}", first, last, True, True) for key, (first, last) in enumerate(people, 1)]


def participants(rng: random.Random, count: int, first_key: int = 1) -> list[Participant]:
    """People with everything known of nine in ten; case numbers and IDs in no order."""
    people = []
    for key in range(first_key, first_key + count):
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        born = f"{rng.randint(1935, 2018)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        people.append(
            Participant(
                key, f"{rng.randrange(10**8):08}", first, last, born if rng.random() < 0.9 else "",
                f"C{rng.randrange(10**6):06}" if rng.random() < 0.9 else "", f"{rng.getrandbits(256):064x}",
            )
        )  # fmt: skip
    return people


def feeder_tables() -> dict[str, list[FeederValue]]:
    values = {
        RELATIONSHIP: ("Primary", "Secondary", "Supervising", "Case Aide"),
        STATUS: ("Active", "Pending", "Waitlisted", "On Hold"),
        REASON: ("Completed Program", "Moved Out of Area", "Transferred", "No Longer Eligible", "Deceased"),
    }
    tables: dict[str, list[FeederValue]] = {}
    for header, names_ in values.items():
        tables[header] = [FeederValue(place, name, True) for place, name in enumerate(names_, 1)]
        tables[header].append(FeederValue(99, "Retired Value", False))
    return tables


def program_list() -> list[Program]:
    titles = (
        "Youth Employment Services", "Rapid Re-Housing", "Permanent Supportive Housing", "Youth Shelter",
        "Domestic Violence Advocacy", "Early Childhood Education", "Family Preservation", "Workforce Development",
        "Substance Use Treatment", "Senior Meals", "Refugee Resettlement", "Legal Aid Clinic",
    )  # fmt: skip
    programs = [Program(key, f"PRG-{key * 37:03}", title, True) for key, title in enumerate(titles, 1)]
    return [*programs, Program(50, "PRG-999", "Summer Camp", False)]
