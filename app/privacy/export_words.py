"""Hold the words of an export's pages in five languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportWords:
    """Hold the words of one language; braces are filled with str.format."""

    language: str  # ISO 639-1
    title: str
    made: str
    for_machines: str
    left_out: str
    ai_notice: str
    contents: str
    account: str
    account_rows: tuple[
        str, ...
    ]  # id, name, title, role, groups, groups around, sign-in, last, reads, manages
    disabled: str
    sign_ins: str
    sign_in_columns: tuple[str, str, str, str]
    keys: str
    key_columns: tuple[str, str, str, str, str]
    accesses: str
    access_columns: tuple[str, str, str, str, str]
    uploads: str
    upload_columns: tuple[str, str, str, str]
    orders: str
    order_columns: tuple[str, str, str, str]
    conversations: str
    part: str
    trail: str
    trail_columns: tuple[str, str, str, str, str]
    by_you: str
    by_operator: str
    by_other: str
    you: str
    ai_generated: str
    a_list: str
    sources: str
    withheld: str
    feedback: str
    untitled: str
    nothing: str


_ENGLISH = ExportWords(
    language="en",
    title="Your data in {site}",
    made="Made on {moment} (UTC) for the account {account}.",
    for_machines="For machines: the files *.json, described in schema.json; stores.json: what is kept, why, how long.",
    left_out="Not in here: the company's documents, their index, backups and logs. about.json says why.",
    ai_notice="Answers marked as AI-generated were written or chosen by a language model and can be wrong.",
    contents="Contents",
    account="Account",
    account_rows=(
        "Account",
        "Name",
        "Job title",
        "Role",
        "Groups",
        "Groups around those",
        "Sign-in through",
        "Last sign-in there",
        "Reads by name",
        "Looks after",
    ),
    disabled="This account is disabled.",
    sign_ins="Sign-ins",
    sign_in_columns=("Begun", "Last used", "Ends", "Signed out"),
    keys="API keys",
    key_columns=("Name", "May", "Made", "Last used", "Expires"),
    accesses="Your chats, read by others",
    access_columns=("By whom", "Why", "From", "Until", "Chats read"),
    uploads="Files you handed over",
    upload_columns=("File", "Collection", "State", "Handed over"),
    orders="What you ordered",
    order_columns=("Ordered", "What", "Collection", "Files"),
    conversations="Conversations",
    part="Part {number}",
    trail="On the audit trail",
    trail_columns=("When", "What", "Outcome", "By whom", "About"),
    by_you="you",
    by_operator="operator",
    by_other="somebody else",
    you="You",
    ai_generated="AI-generated",
    a_list="List of documents",
    sources="Sources",
    withheld="Sources you may no longer read: {count}",
    feedback="Your feedback",
    untitled="Untitled",
    nothing="Nothing.",
)

_WORDS = {
    "en": _ENGLISH,
    "de": ExportWords(
        language="de",
        title="Ihre Daten in {site}",
        made="Erstellt am {moment} (UTC) für das Konto {account}.",
        for_machines="Für Maschinen: die Dateien *.json, siehe schema.json; stores.json: was, warum, wie lange.",
        left_out="Nicht enthalten: Firmendokumente, ihr Index, Sicherungen, Protokolle. about.json sagt, warum.",
        ai_notice="KI-generierte Antworten hat ein Sprachmodell verfasst oder gewählt; sie können falsch sein.",
        contents="Inhalt",
        account="Konto",
        account_rows=(
            "Konto",
            "Name",
            "Funktion",
            "Rolle",
            "Gruppen",
            "Übergeordnete Gruppen",
            "Anmeldung über",
            "Letzte Anmeldung dort",
            "Namentlich leseberechtigt",
            "Betreut",
        ),
        disabled="Dieses Konto ist gesperrt.",
        sign_ins="Anmeldungen",
        sign_in_columns=("Begonnen", "Zuletzt benutzt", "Endet", "Abgemeldet"),
        keys="API-Schlüssel",
        key_columns=("Name", "Darf", "Erstellt", "Zuletzt benutzt", "Läuft ab"),
        accesses="Ihre Unterhaltungen, von anderen gelesen",
        access_columns=("Durch wen", "Warum", "Von", "Bis", "Gelesen"),
        uploads="Dateien, die Sie übergeben haben",
        upload_columns=("Datei", "Sammlung", "Zustand", "Übergeben"),
        orders="Was Sie in Auftrag gegeben haben",
        order_columns=("Beauftragt", "Was", "Sammlung", "Dateien"),
        conversations="Unterhaltungen",
        part="Teil {number}",
        trail="Im Prüfprotokoll",
        trail_columns=("Wann", "Was", "Ergebnis", "Durch wen", "Worüber"),
        by_you="Sie",
        by_operator="Betreiber",
        by_other="jemand anderes",
        you="Sie",
        ai_generated="KI-generiert",
        a_list="Liste von Dokumenten",
        sources="Quellen",
        withheld="Quellen, die Sie nicht mehr lesen dürfen: {count}",
        feedback="Ihre Bewertung",
        untitled="Ohne Titel",
        nothing="Nichts.",
    ),
    "fr": ExportWords(
        language="fr",
        title="Vos données dans {site}",
        made="Établi le {moment} (UTC) pour le compte {account}.",
        for_machines="Pour les machines : les *.json, décrits dans schema.json ; stores.json : quoi, pourquoi, durée.",
        left_out="Absents : documents de l'entreprise, leur index, sauvegardes, journaux. about.json dit pourquoi.",
        ai_notice="Les réponses générées par IA sont écrites ou choisies par un modèle et peuvent être fausses.",
        contents="Sommaire",
        account="Compte",
        account_rows=(
            "Compte",
            "Nom",
            "Fonction",
            "Rôle",
            "Groupes",
            "Groupes englobants",
            "Connexion par",
            "Dernière connexion par là",
            "Lecture à titre nominatif",
            "Responsable de",
        ),
        disabled="Ce compte est désactivé.",
        sign_ins="Connexions",
        sign_in_columns=("Début", "Dernier usage", "Fin", "Déconnexion"),
        keys="Clés d'API",
        key_columns=("Nom", "Permet", "Créée", "Dernier usage", "Expire"),
        accesses="Vos conversations lues par d'autres",
        access_columns=("Par qui", "Pourquoi", "Du", "Au", "Lues"),
        uploads="Fichiers que vous avez remis",
        upload_columns=("Fichier", "Collection", "État", "Remis"),
        orders="Ce que vous avez demandé",
        order_columns=("Demandé", "Quoi", "Collection", "Fichiers"),
        conversations="Conversations",
        part="Partie {number}",
        trail="Dans le journal d'audit",
        trail_columns=("Quand", "Quoi", "Résultat", "Par qui", "Sur quoi"),
        by_you="vous",
        by_operator="exploitant",
        by_other="une autre personne",
        you="Vous",
        ai_generated="Généré par IA",
        a_list="Liste de documents",
        sources="Sources",
        withheld="Sources que vous ne pouvez plus lire : {count}",
        feedback="Votre avis",
        untitled="Sans titre",
        nothing="Rien.",
    ),
    "it": ExportWords(
        language="it",
        title="I suoi dati in {site}",
        made="Preparato il {moment} (UTC) per l'account {account}.",
        for_machines="Per le macchine: i file *.json, descritti in schema.json; stores.json: che cosa, perché, quanto.",
        left_out="Non inclusi: documenti dell'azienda, il loro indice, backup e log. about.json dice perché.",
        ai_notice="Le risposte generate dall'IA sono scritte o scelte da un modello e possono essere sbagliate.",
        contents="Indice",
        account="Account",
        account_rows=(
            "Account",
            "Nome",
            "Funzione",
            "Ruolo",
            "Gruppi",
            "Gruppi sovraordinati",
            "Accesso tramite",
            "Ultimo accesso da lì",
            "Legge nominativamente",
            "Si occupa di",
        ),
        disabled="Questo account è disattivato.",
        sign_ins="Accessi",
        sign_in_columns=("Inizio", "Ultimo uso", "Fine", "Uscita"),
        keys="Chiavi API",
        key_columns=("Nome", "Permette", "Creata", "Ultimo uso", "Scade"),
        accesses="Le sue conversazioni lette da altri",
        access_columns=("Da chi", "Perché", "Dal", "Al", "Lette"),
        uploads="File che ha consegnato",
        upload_columns=("File", "Raccolta", "Stato", "Consegnato"),
        orders="Che cosa ha richiesto",
        order_columns=("Richiesto", "Che cosa", "Raccolta", "File"),
        conversations="Conversazioni",
        part="Parte {number}",
        trail="Nel registro di audit",
        trail_columns=("Quando", "Che cosa", "Esito", "Da chi", "Su che cosa"),
        by_you="lei",
        by_operator="gestore",
        by_other="un'altra persona",
        you="Lei",
        ai_generated="Generato dall'IA",
        a_list="Elenco di documenti",
        sources="Fonti",
        withheld="Fonti che non può più leggere: {count}",
        feedback="Il suo giudizio",
        untitled="Senza titolo",
        nothing="Niente.",
    ),
    "es": ExportWords(
        language="es",
        title="Sus datos en {site}",
        made="Preparado el {moment} (UTC) para la cuenta {account}.",
        for_machines="Para máquinas: los *.json, descritos en schema.json; stores.json: qué, por qué y cuánto tiempo.",
        left_out="No se incluyen: documentos de la empresa, su índice, copias y registros. about.json dice por qué.",
        ai_notice="Las respuestas generadas por IA las escribe o elige un modelo y pueden ser incorrectas.",
        contents="Contenido",
        account="Cuenta",
        account_rows=(
            "Cuenta",
            "Nombre",
            "Cargo",
            "Rol",
            "Grupos",
            "Grupos superiores",
            "Acceso mediante",
            "Último acceso por ahí",
            "Lee por su nombre",
            "Se ocupa de",
        ),
        disabled="Esta cuenta está desactivada.",
        sign_ins="Accesos",
        sign_in_columns=("Inicio", "Último uso", "Fin", "Cierre"),
        keys="Claves de API",
        key_columns=("Nombre", "Permite", "Creada", "Último uso", "Caduca"),
        accesses="Sus conversaciones leídas por otros",
        access_columns=("Por quién", "Por qué", "Desde", "Hasta", "Leídas"),
        uploads="Archivos que ha entregado",
        upload_columns=("Archivo", "Colección", "Estado", "Entregado"),
        orders="Lo que ha encargado",
        order_columns=("Encargado", "Qué", "Colección", "Archivos"),
        conversations="Conversaciones",
        part="Parte {number}",
        trail="En el registro de auditoría",
        trail_columns=("Cuándo", "Qué", "Resultado", "Por quién", "Sobre qué"),
        by_you="usted",
        by_operator="operador",
        by_other="otra persona",
        you="Usted",
        ai_generated="Generado por IA",
        a_list="Lista de documentos",
        sources="Fuentes",
        withheld="Fuentes que ya no puede leer: {count}",
        feedback="Su valoración",
        untitled="Sin título",
        nothing="Nada.",
    ),
}


def words_in(language: str) -> ExportWords:
    """Return the words in an ISO 639-1 language, English where there are none."""
    return _WORDS.get(language, _ENGLISH)
