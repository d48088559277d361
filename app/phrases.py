"""Hold the fixed sentences a person may read instead of, or beside, a model's answer, in five languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Hold the fixed sentences of one language."""

    not_in_documents: str
    other_words: str  # beside it: what may help
    quoted: str  # the answer consists of quotations
    gaps: str  # `{gaps}`, parts of the question, in quotation marks
    dated: str  # `{dates}` of the documents quoted, each behind the number of its source
    model_loading: str
    model_down: str
    withheld: str  # `{count}` sentences
    words_only: str  # the embedding model is missing, only the words of the question were searched
    read_as: str  # `{words}` were searched for instead of others that look misspelt
    closed: str  # a document the answer rested on may no longer be read
    erased: str  # a document the answer rested on was erased
    stopped: str
    stopped_early: str  # there is nothing to show
    search_down: str
    search_down_remedy: str
    mentioned: str  # above a list; `{count}` documents mention `{what}`
    listed: str  # above a list that is read again; `{count}` of its lines are left
    in_passages: str  # `{count}` passages of a document
    first_of: str  # `{shown}` of `{count}` documents are listed
    what_it_says: str  # a question for what stands in `{title}` below `{heading}`


_ENGLISH = Phrases(
    not_in_documents="I found no answer to this in the documents you may read.",
    other_words="Other words may find it; the nearest passages are at hand.",
    quoted="Quoted from the documents, with the headings they stand under.",
    gaps="Not answered by your documents: {gaps}.",
    dated="The documents are of different dates: {dates}.",
    model_loading="The language model is still starting. These are the passages that fit your question best.",
    model_down="The language model does not answer at the moment. "
    "These are the passages that fit your question best.",
    withheld="Left out because no document read supports it: {count} sentence(s).",
    words_only="The search by meaning is unavailable; only the words of your question were searched.",
    read_as="Read as: {words}.",
    closed="Parts of this answer rest on documents you may no longer read.",
    erased="Parts of this answer rested on a document that was erased.",
    stopped="Stopped at your request; what was written so far has been checked.",
    stopped_early="Stopped at your request, before anything was written.",
    search_down="The documents cannot be searched at the moment, so nothing is answered.",
    search_down_remedy="Try again in a few minutes; if it stays, tell your administrator.",
    mentioned="Documents that you may read and that mention {what}: {count}.",
    listed="Documents listed here: {count}.",
    in_passages="passages: {count}",
    first_of="Listed are the best {shown} of {count}; more precise words make the list shorter.",
    what_it_says="What does “{title}” say about “{heading}”?",
)

_PHRASES = {
    "en": _ENGLISH,
    "de": Phrases(
        not_in_documents="In den Dokumenten, die Sie lesen dürfen, habe ich darauf keine Antwort gefunden.",
        other_words="Andere Wörter finden es vielleicht; die nächstliegenden Stellen stehen bereit.",
        quoted="Aus den Dokumenten zitiert, mit den Überschriften, unter denen es steht.",
        gaps="Von Ihren Dokumenten nicht beantwortet: {gaps}.",
        dated="Die Dokumente sind von verschiedenen Tagen: {dates}.",
        model_loading="Das Sprachmodell startet noch. Diese Stellen passen am besten zu Ihrer Frage.",
        model_down="Das Sprachmodell antwortet gerade nicht. Diese Stellen passen am besten zu Ihrer Frage.",
        withheld="Weggelassen, weil kein gelesenes Dokument es belegt: {count} Satz/Sätze.",
        words_only="Die Suche nach Bedeutung ist nicht verfügbar; es wurde nur nach den Wörtern Ihrer Frage gesucht.",
        read_as="Gelesen als: {words}.",
        closed="Teile dieser Antwort beruhen auf Dokumenten, die Sie nicht mehr lesen dürfen.",
        erased="Teile dieser Antwort beruhten auf einem Dokument, das gelöscht wurde.",
        stopped="Auf Ihren Wunsch angehalten; das bisher Geschriebene ist geprüft.",
        stopped_early="Auf Ihren Wunsch angehalten, bevor etwas geschrieben war.",
        search_down="Die Dokumente lassen sich gerade nicht durchsuchen; deshalb wird nichts beantwortet.",
        search_down_remedy="Versuchen Sie es in einigen Minuten erneut; sonst melden Sie es der Administration.",
        mentioned="Dokumente, die Sie lesen dürfen und die {what} erwähnen: {count}.",
        listed="Hier aufgeführte Dokumente: {count}.",
        in_passages="Stellen: {count}",
        first_of="Aufgeführt sind die besten {shown} von {count}; genauere Wörter machen die Liste kürzer.",
        what_it_says="Was steht in „{title}“ zu „{heading}“?",
    ),
    "fr": Phrases(
        not_in_documents="Je n'ai trouvé aucune réponse à cela dans les documents que vous pouvez lire.",
        other_words="D'autres mots le trouveront peut-être ; les passages les plus proches sont à votre disposition.",
        quoted="Cité des documents, avec les titres sous lesquels cela figure.",
        gaps="Sans réponse dans vos documents : {gaps}.",
        dated="Les documents sont de dates différentes : {dates}.",
        model_loading="Le modèle de langage démarre encore. Voici les passages les plus proches de votre question.",
        model_down="Le modèle de langage ne répond pas pour le moment. "
        "Voici les passages les plus proches de votre question.",
        withheld="Omis, car aucun document lu ne l'atteste : {count} phrase(s).",
        words_only="La recherche par le sens est indisponible ; seuls les mots de votre question ont été cherchés.",
        read_as="Lu comme : {words}.",
        closed="Une partie de cette réponse repose sur des documents que vous ne pouvez plus lire.",
        erased="Une partie de cette réponse reposait sur un document qui a été effacé.",
        stopped="Arrêté à votre demande ; ce qui est déjà écrit a été vérifié.",
        stopped_early="Arrêté à votre demande, avant que rien ne soit écrit.",
        search_down="Les documents ne peuvent pas être consultés pour le moment ; aucune réponse n'est donc donnée.",
        search_down_remedy="Réessayez dans quelques minutes ; sinon, prévenez votre administrateur.",
        mentioned="Documents que vous pouvez lire et qui mentionnent {what} : {count}.",
        listed="Documents énumérés ici : {count}.",
        in_passages="passages : {count}",
        first_of="Voici les {shown} meilleurs sur {count} ; des mots plus précis raccourcissent la liste.",
        what_it_says="Que dit « {title} » sur « {heading} » ?",
    ),
    "it": Phrases(
        not_in_documents="Nei documenti che può leggere non ho trovato una risposta.",
        other_words="Altre parole forse lo trovano; i passi più vicini sono a disposizione.",
        quoted="Citato dai documenti, con i titoli sotto cui si trova.",
        gaps="Senza risposta nei Suoi documenti: {gaps}.",
        dated="I documenti sono di date diverse: {dates}.",
        model_loading="Il modello linguistico si sta ancora avviando. Questi sono i passaggi più vicini alla domanda.",
        model_down="Il modello linguistico al momento non risponde. Questi sono i passaggi più vicini alla domanda.",
        withheld="Omesso perché nessun documento letto lo conferma: {count} frase/i.",
        words_only="La ricerca per significato non è disponibile; sono state cercate solo le parole della domanda.",
        read_as="Letto come: {words}.",
        closed="Parti di questa risposta si basano su documenti che non può più leggere.",
        erased="Parti di questa risposta si basavano su un documento che è stato cancellato.",
        stopped="Interrotto su Sua richiesta; quanto scritto finora è stato verificato.",
        stopped_early="Interrotto su Sua richiesta, prima che fosse scritto qualcosa.",
        search_down="Al momento non è possibile cercare nei documenti; perciò non viene data alcuna risposta.",
        search_down_remedy="Riprovi tra qualche minuto; se continua, avvisi l'amministratore.",
        mentioned="Documenti che può leggere e che menzionano {what}: {count}.",
        listed="Documenti elencati qui: {count}.",
        in_passages="passaggi: {count}",
        first_of="Sono elencati i migliori {shown} di {count}; parole più precise accorciano l'elenco.",
        what_it_says="Che cosa dice «{title}» su «{heading}»?",
    ),
    "es": Phrases(
        not_in_documents="No he encontrado respuesta en los documentos que usted puede leer.",
        other_words="Quizá otras palabras lo encuentren; los pasajes más cercanos están a su disposición.",
        quoted="Citado de los documentos, con los títulos bajo los que figura.",
        gaps="Sin respuesta en sus documentos: {gaps}.",
        dated="Los documentos son de fechas distintas: {dates}.",
        model_loading="El modelo de lenguaje aún está arrancando. "
        "Estos son los pasajes más cercanos a su pregunta.",
        model_down="El modelo de lenguaje no responde en este momento. "
        "Estos son los pasajes más cercanos a su pregunta.",
        withheld="Omitido porque ningún documento leído lo respalda: {count} frase(s).",
        words_only="La búsqueda por significado no está disponible; solo se buscaron las palabras de su pregunta.",
        read_as="Leído como: {words}.",
        closed="Parte de esta respuesta se basa en documentos que ya no puede leer.",
        erased="Parte de esta respuesta se basaba en un documento que ha sido suprimido.",
        stopped="Detenido a petición suya; lo escrito hasta ahora ha sido comprobado.",
        stopped_early="Detenido a petición suya, antes de que se escribiera nada.",
        search_down="En este momento no se pueden consultar los documentos, por lo que no se responde nada.",
        search_down_remedy="Inténtelo de nuevo en unos minutos; si continúa, avise a su administrador.",
        mentioned="Documentos que usted puede leer y que mencionan {what}: {count}.",
        listed="Documentos enumerados aquí: {count}.",
        in_passages="pasajes: {count}",
        first_of="Se muestran los {shown} mejores de {count}; con palabras más precisas la lista se acorta.",
        what_it_says="¿Qué dice «{title}» sobre «{heading}»?",
    ),
}


def phrases_in(language: str) -> Phrases:
    """Return the fixed sentences in an ISO 639-1 language, English where there is no translation."""
    return _PHRASES.get(language, _ENGLISH)
