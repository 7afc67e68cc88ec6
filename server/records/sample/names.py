"""Names for sample people, common in several cultures of an American city."""

from __future__ import annotations

from typing import Final

GIVEN: Final[dict[str, str]] = {
    "english": (
        "James Mary Robert Patricia John Jennifer Michael Linda William Elizabeth David Barbara Richard Susan Joseph "
        "Jessica Thomas Sarah Charles Karen Christopher Nancy Daniel Margaret Matthew Lisa Anthony Betty Mark Dorothy "
        "Steven Sandra Andrew Ashley Kenneth Kimberly Joshua Donna Kevin Emily Brian Carol Edward Michelle Ronald "
        "Amanda Timothy Melissa Jason Deborah Jeffrey Stephanie Ryan Rebecca Jacob Laura Gary Sharon Nicholas Cynthia "
        "Eric Kathleen Jonathan Amy Stephen Angela Larry Shirley Justin Anna Benjamin Ruth Samuel Pamela Gregory "
        "Katherine Alexander Samantha Patrick Christine Raymond Catherine Dennis Virginia Jerry Rachel Walter Janet "
        "Zachary Victoria Douglas Maria Peter Heather Henry Diane Nathan Julie Theodore Olivia Lawrence Abigail"
    ),
    "spanish": (
        "José María Juan Guadalupe Luis Rosa Carlos Carmen Jesús Ana Miguel Lucía Francisco Teresa Pedro Sofía Rafael "
        "Isabel Alejandro Gabriela Ramón Leticia Javier Marisol Andrés Verónica Héctor Pilar Raúl Esperanza Óscar "
        "Beatriz Víctor Rocío Hernán Ximena Ángel Inés Julio Catalina"
    ),
    "african_american": (
        "DeShawn Keisha Malik Latoya Terrence Tanisha Jamal Ebony Darnell Aaliyah Marquis Imani Tyrone Shanice Andre "
        "Monique Reginald Yolanda Isaiah Destiny Xavier Kiara Cedric Tamika"
    ),
    "vietnamese": "Minh Linh Tuan Huong Dung Lan Quang Mai Hung Thuy Nam Phuong Duc Hanh Bao Trang",
    "chinese": "Wei Li Jun Mei Feng Xiu Ming Yan Hao Ling Jian Fang Lei Xia Bo Hui",
    "arabic": "Ahmed Fatima Omar Aisha Hassan Layla Ali Zainab Yusuf Mariam Ibrahim Noor Khalid Salma",
    "somali": "Abdi Hodan Mohamed Fadumo Warsame Ifrah Hussein Sahra Farah Amina",
    "slavic": "Ivan Olga Dmitri Svetlana Sergei Natalia Łukasz Agnieszka Pavel Irina Miloš Zorica",
    "indian": "Raj Priya Arjun Lakshmi Sanjay Anjali Vikram Kavita Ravi Sunita Amit Deepa",
    "french": "Jean-Baptiste Marie-Claire François Hélène Étienne Geneviève Rémy Noémie",
}

FAMILY: Final[dict[str, str]] = {
    "english": (
        "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin Lee Thompson "
        "White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson Hall "
        "Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook "
        "Rogers Morgan Peterson Cooper Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson Brooks Bennett "
        "Gray Hughes Price Myers Long Foster Sanders Ross Powell Sullivan Russell Fisher Henderson Jenkins Perry "
        "Butler Barnes O'Brien O'Connor McDonald McCarthy Smith-Jones Baker-Hill Fitzgerald Schneider Schröder"
    ),
    "spanish": (
        "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz "
        "Reyes Morales Cruz Ortiz Gutiérrez Chávez Ramos Ruiz Mendoza Álvarez Castillo Jiménez Vásquez Núñez Peña "
        "Ibáñez García-López Ortega-Ruiz"
    ),
    "african_american": (
        "Washington Jefferson Booker Banks Jackson Franklin Dixon Coleman Simmons Bryant Hayes Gaines Freeman Mosley "
        "Battle Charles Joseph Pierre"
    ),
    "vietnamese": "Nguyen Tran Le Pham Huynh Hoang Phan Vu Vo Dang Bui Do Ngo Duong Ly",
    "chinese": "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu",
    "arabic": "Al-Masri Haddad Khalil Mansour Nasser Saleh Rahman Aziz Hamdan Abdallah El-Amin",
    "somali": "Abdullahi Warsame Jama Osman Hersi Ismail Guled Nur Abukar",
    "slavic": "Ivanov Petrova Kowalski Nowak Kovač Horvat Novák Dvořák Shevchenko Wójcik Đorđević",
    "indian": "Patel Sharma Singh Gupta Kumar Reddy Iyer Nair Desai Mehta",
    "french": "Dupont Lefèvre Beaumont Lévesque Gauthier D'Amours Bélanger Côté",
}

SHARES: Final[dict[str, int]] = {
    "english": 44, "spanish": 21, "african_american": 14, "vietnamese": 4, "chinese": 4, "arabic": 4, "somali": 3,
    "slavic": 3, "indian": 2, "french": 1,
}  # fmt: skip
"""How many of a hundred people have names of each kind."""

PROGRAMS: Final = (
    "Housing First", "Rapid Re-Housing", "Emergency Shelter", "Family Support", "Youth Mentoring",
    "Employment Services", "Senior Care", "Food Pantry", "Refugee Resettlement", "Recovery Support",
    "Early Head Start", "Domestic Violence Services", "Veterans Outreach", "Mental Health Counseling",
    "After-School Program", "Adult Education", "Transportation Assistance", "Legal Aid", "Foster Family Services",
    "Homeless Prevention", "Street Outreach", "Financial Coaching", "Parenting Classes", "Health Navigation",
)  # fmt: skip

RELATIONSHIPS: Final = (
    ("Primary", True), ("Secondary", True), ("Backup", True), ("Case Aide", True), ("Supervisor", True),
    ("Intake Worker", False),
)  # fmt: skip
STATUSES: Final = (("Active", True), ("Pending", True), ("On Hold", True), ("Monitoring", True), ("Waitlisted", False))
REASONS: Final = (
    ("Completed Program", True), ("Moved Away", True), ("Transferred to Other Caseworker", True),
    ("Lost Contact", True), ("Declined Services", True), ("Deceased", True), ("Data Entry Error", False),
)  # fmt: skip
