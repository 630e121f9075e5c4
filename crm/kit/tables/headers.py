"""What the columns of a table hold, guessed from their heads in four languages, from programs that export so, and from
the values.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

KEEP, IGNORE = "keep", "ignore"
FIELDS = {
    "full_name": "Name", "first_name": "First name", "last_name": "Last name", "email": "Mail address",
    "phone": "Phone", "headline": "What they do", "employer": "Employer", "location": "Place", "region": "Region",
    "country": "Country", "link": "Link", "source": "Where from", "tags": "Tags", "availability": "Available",
    "notice_period": "Notice period", "pay_expectation": "Pay expectation", "role": "Role", "team": "Team of the role",
    "stage": "Stage reached", "disposition": "How it ended", "reason": "Reason", "applied_on": "Applied on",
    "decided_on": "Decided on", "note": "Note", "note_on": "Day of the note", "note_by": "Author of the note",
    KEEP: "Keep as a note", IGNORE: "Leave out",
}  # fmt: skip
ONCE = frozenset(("full_name", "first_name", "last_name", "headline", "employer", "role", "stage", "disposition",
                  "applied_on", "decided_on", "reason", "team", "source", "country", "region"))  # fmt: skip
WORDS = {
    "full_name": "name|full name|candidate|candidate name|applicant|applicant name|display name|nombre completo|nom "
    "complet|nom et prenom|vollstandiger name|kandidat|kandidatin|bewerber|bewerberin|bewerbername|candidat|candidato|"
    "nombre y apellidos|contact name|formatted name|fn",
    "first_name": "first name|firstname|given name|forename|vorname|prenom|nombre|nombres|first|given names",
    "last_name": "last name|lastname|surname|family name|nachname|familienname|zuname|nom|nom de famille|apellido|"
    "apellidos|last",
    "email": "email|e mail|mail|email address|e mail address|mail address|mailadresse|e mail adresse|email adresse|"
    "adresse email|adresse e mail|courriel|adresse mail|correo|correo electronico|direccion de correo|candidate email|"
    "primary email|primary email address|personal email|work email|2nd e mail|secondary email|emails|email addresses",
    "phone": "phone|phone number|telephone|tel|mobile|mobile phone|mobile number|cell|cell phone|home phone|work phone|"
    "telefon|telefonnummer|handy|mobil|mobiltelefon|telephone portable|portable|numero de telephone|telefono|movil|"
    "numero de telefono|candidate phone|phones|phone numbers|primary phone|rufnummer|phonenumber",
    "headline": "headline|title|job title|current title|position|current position|occupation|berufsbezeichnung|beruf|"
    "titre|poste|intitule du poste|poste actuel|cargo|puesto|profesion|jobtitel|profession|tatigkeit|titel",
    "employer": "company|employer|current company|current employer|organization|organisation|firma|arbeitgeber|"
    "unternehmen|entreprise|employeur|societe|empresa|empleador|company name|aktueller arbeitgeber|org",
    "location": "location|city|place|town|ort|stadt|wohnort|standort|ville|lieu|localisation|ciudad|lugar|ubicacion|"
    "localidad|candidate location|address|adresse|direccion|city state|anschrift",
    "region": "state|region|province|bundesland|departement|provincia",
    "country": "country|land|pays|pais",
    "link": "url|link|links|website|web site|linkedin|linkedin url|linkedin profile|profile url|profile|profil|github|"
    "portfolio|webseite|homepage|site web|sitio web|web|twitter|xing|candidate url|social profiles",
    "source": "source|quelle|origine|origin|fuente|origen|candidate source|herkunft|application source|source name",
    "tags": "tags|tag|labels|label|skills|key skills|keywords|schlagworte|schlagworter|stichworte|competences|"
    "mots cles|etiquetas|habilidades|kenntnisse|fahigkeiten|etiquettes|candidate tags|categories|kategorien",
    "availability": "available|availability|date available|available from|verfugbar|verfugbar ab|verfugbarkeit|"
    "disponibilite|disponible|disponibilidad|earliest start|eintrittstermin|start date",
    "notice_period": "notice period|notice|kundigungsfrist|preavis|periodo de preaviso|preaviso",
    "pay_expectation": "pay expectation|desired pay|desired salary|salary expectation|salary expectations|expected "
    "salary|gehaltsvorstellung|gehaltswunsch|pretentions salariales|pretensiones salariales|expectativa salarial",
    "role": "role|job|job name|posting|posting title|requisition|vacancy|position applied for|applied for|stelle|"
    "offre|vacante|oferta|job applied for|applied job|application job|stellenbezeichnung|job posting|opening|"
    "puesto solicitado|poste vise|bewerbung als",
    "team": "team|department|job department|abteilung|departement rh|service|departamento|equipo|equipe",
    "stage": "stage|current stage|pipeline stage|stage name|phase|etape|etapa|current interview stage|stage reached|"
    "stufe|furthest stage|last stage",
    "disposition": "status|disposition|outcome|result|application status|ergebnis|statut|estado|resultado|resultat|"
    "ausgang|disqualified|archive status|candidate status",
    "reason": "reason|rejection reason|disposition reason|archive reason|disqualification reason|absagegrund|grund|"
    "motif|motif de refus|motivo|motivo de rechazo|rejected reason|reason for rejection|archived reason",
    "applied_on": "applied|applied on|application date|date applied|applied at|applied date|beworben am|"
    "bewerbungsdatum|date de candidature|fecha de solicitud|fecha de candidatura|application created|submitted at|"
    "bewerbung vom|candidature le",
    "decided_on": "decided|decided on|decision date|rejected on|rejected at|rejection date|archived at|date archived|"
    "abgesagt am|entscheidung am|date de decision|fecha de decision|closed at|disqualified at|hired at|date rejected",
    "note": "note|notes|comment|comments|remarks|notiz|notizen|bemerkung|bemerkungen|kommentar|kommentare|remarque|"
    "remarques|commentaire|commentaires|nota|notas|observaciones|comentario|comentarios|feedback|summary|about",
    "note_on": "note date|note created|date of note|notes date|notiz vom|datum der notiz|date de la note|fecha de la "
    "nota|noted on|comment date|note created at|note on",
    "note_by": "note author|note by|noted by|author|autor|auteur|verfasser|auteur de la note|autor de la nota|"
    "comment author|commented by|interviewer",
    IGNORE: "id|candidate id|uuid|fivetran synced|fivetran deleted|photo url|owner id|recruiter id|entered by|position "
    "applied id|application id|updated at|last modified|modified",
}  # fmt: skip
HEADS = {head: field for field, heads in WORDS.items() for head in heads.split("|")}
PROTECTED = frozenset(
    "gender|sex|geschlecht|sexe|genero|sexo|date of birth|birth date|birthdate|birthday|dob|geburtsdatum|geburtstag|"
    "date de naissance|naissance|fecha de nacimiento|age|alter|edad|bday|ethnicity|race|ethnic origin|ethnie|etnia|"
    "religion|konfession|marital status|familienstand|etat civil|situation familiale|estado civil|nationality|"
    "nationalitat|staatsangehorigkeit|nationalite|nacionalidad|disability|disability status|behinderung|handicap|"
    "veteran|veteran status|photo|foto|picture|children|kinder|enfants|hijos|salutation|anrede|civilite|pronouns|"
    "hispanic|sexual orientation|place of birth|geburtsort".split("|")
)
"""What First Call neither stores nor reads: it must not come in as a note either."""
PROGRAMS: dict[str, tuple[frozenset[str], dict[str, str]]] = {
    "linkedin": (
        frozenset(("first name", "last name", "url", "email address", "company", "position", "connected on")),
        {"url": "link", "connected on": KEEP},
    ),
    "linkedin_recruiter": (
        frozenset(("first name", "last name", "headline", "profile url", "current title", "current company")),
        {"headline": KEEP, "current title": "headline", "active project": "role", "feedback": "note"},
    ),
    "opencats": (
        frozenset(("first name", "last name", "key skills", "date available", "current employer", "can relocate")),
        {"current pay": IGNORE, "title": "headline", "notes": "note", "owner": KEEP, "city": "location",
         "address": KEEP, "zip": KEEP},
    ),
    "workable": (
        frozenset(("name", "email", "job", "stage", "disqualified")),
        {"disqualified": "disposition", "job": "role", "created at": "applied_on", "headline": "headline",
         "disqualified on": "decided_on", "cover letter": KEEP, "summary": KEEP},
    ),
    "ashby": (
        frozenset(("candidate name", "job", "current interview stage")),
        {"job": "role", "application created": "applied_on", "archive reason": "reason", "status": "disposition",
         "application status": "disposition", "archived at": "decided_on", "current company": "employer"},
    ),
    "lever": (
        frozenset(("candidate name", "posting title", "stage")),
        {"posting title": "role", "archive reason": "reason", "archived at": "decided_on", "created at": "applied_on",
         "headline": "headline", "posting team": "team", "posting department": KEEP, "origin": "source"},
    ),
    "greenhouse": (
        frozenset(("first name", "last name", "job name", "current stage")),
        {"job name": "role", "current stage": "stage", "status": "disposition", "rejection reason": "reason",
         "rejected on": "decided_on", "application date": "applied_on", "title": "headline"},
    ),
}  # fmt: skip
PROGRAM_WORDS = {
    "greenhouse": "Greenhouse", "lever": "Lever", "ashby": "Ashby", "workable": "Workable", "opencats": "OpenCATS",
    "linkedin": "LinkedIn", "linkedin_recruiter": "LinkedIn Recruiter", "jsonresume": "JSON Resume", "vcard": "vCard",
    "jcard": "jCard", "first_call": "First Call",
}  # fmt: skip
EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,190}\.[^\W\d_]{2,24}")
_PHONE = re.compile(r"\+?[\d\s()./-]{7,24}")
_LINK = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)?(?:linkedin|github|xing)\.com/\S+", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,3}")
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}.{0,20}")
_LOOKS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("email", lambda value: EMAIL.fullmatch(value.lower().removeprefix("mailto:"))),
    ("link", _LINK.fullmatch),
    ("phone", lambda value: _PHONE.fullmatch(value) and not _DAY.fullmatch(value) and sum(map(str.isdigit, value)) > 6),
)


def key(head: str) -> str:
    """Without case, accents, signs, what stands in brackets, and a number at the end."""
    plain = unicodedata.normalize("NFKD", head.casefold())
    bare = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", "".join(c for c in plain if not unicodedata.combining(c)))
    words = re.sub(r"[\W_]+", " ", bare).strip()
    return re.sub(r"\s+\d{1,2}$", "", words)[:80]


def is_protected(head: str) -> bool:
    return key(head) in PROTECTED


def known(head: str) -> bool:
    return key(head) in HEADS or key(head) in PROTECTED


def program(columns: Sequence[str]) -> str:
    """The program that exports such columns, or nothing."""
    heads = {key(column) for column in columns}
    return next((name for name, (signs, _) in PROGRAMS.items() if signs <= heads), "")


def guess(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A field for each column. What nobody knows is kept as a note, and what is empty or protected is left out."""
    own = PROGRAMS[found][1] if (found := program(columns)) else {}
    fields = [_by_head(column, own) or _by_values(_values(rows, at)) for at, column in enumerate(columns)]
    if not {"full_name", "last_name"} & set(fields):
        _find_name(fields, columns, rows)
    if "full_name" in fields and "first_name" in fields and "last_name" not in fields:
        fields[fields.index("full_name")] = "last_name"
    return _once(fields)


def _by_head(column: str, own: dict[str, str]) -> str:
    head = key(column)
    return IGNORE if head in PROTECTED else own.get(head) or HEADS.get(head, "")


def _by_values(values: list[str]) -> str:
    if not values:
        return IGNORE
    for field, fits in _LOOKS:
        if sum(bool(fits(value)) for value in values) >= 0.7 * len(values):
            return field
    return KEEP


def _find_name(fields: list[str], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column nobody knows whose values look like names of people."""
    for at, field in enumerate(fields):
        values = _values(rows, at)
        named = sum(bool(_NAME.fullmatch(value)) for value in values)
        if field == KEEP and not known(columns[at]) and values and named >= 0.7 * len(values):
            fields[at] = "full_name"
            return


def _once(fields: list[str]) -> list[str]:
    seen: set[str] = set()
    single = []
    for field in fields:
        single.append(KEEP if field in ONCE and field in seen else field)
        seen.add(field)
    return single


def _values(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    return [row[at].strip() for row in rows if at < len(row) and row[at].strip()][:100]
