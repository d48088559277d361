"""Hold family names that are common in Europe, and the endings that many have; written down for this project."""

from typing import Final

_GERMAN: Final = """
albrecht arnold bauer baumann beck becker berger bergmann bohm bosch brandt braun breuer brinkmann busch
christiansen dietrich ebert eckert engel ernst fiedler fischer frank franke friedrich fuchs gartner geiger graf
gross gunther haas hahn hartmann heinrich heinz herrmann hofer hoffmann hofmann horn huber hubner jager jahn jansen
janssen jung kaiser keller kern klein koch kohler konig korner kramer kraus krause kruger kuhn kuhne kunz lang lange
lehmann lorenz ludwig maier marx maurer mayer meier meyer moller muller nagel neumann ott otto pfeiffer peters pohl
reinhardt richter roth sauer schafer scherer schmid schmidt schmitt schmitz schneider scholz schreiber schroder
schubert schulte schultz schulz schulze schumacher schuster schwarz seidel simon sommer stein thomas vogel vogt
voigt wagner walter weber wegner weiss werner winkler winter wolf wolff ziegler zimmermann adler appel arndt auer
bachmann bader bar bartels barth bender benz bernhard binder block blum bock bohn born bothe brand brenner bruckner
brunner buchholz burger conrad decker diehl dorn dreyer eder ehlers eichhorn erdmann esser evers falk feldmann fink
fleischer forster freitag frey fritsch funk gebhardt gerlach glaser gotz graf grimm groth gruber haase hagemann
hammer hansen hauser heck heil hein held heller hennig henning hensel hermann hesse heuer hildebrandt hirsch hoppe
janke jost jordan junker kaufmann kayser kellermann kessler kirchner knoll kolb kopp kowalski krebs kremer krug
kuhlmann kunze lechner lindner linke lindemann lohmann lutz mack mann marquardt menzel merkel mertens metz metzger
michel mohr moritz naumann neubauer neumeier noack nowak oswald paul petersen pfeifer philipp popp preuss raab rau
rausch reich reichert reimann reinhard reuter riedel rieger ritter rohde rose rudolph ruf sachs sander schaller
scheffler schenk schilling schindler schlegel schlosser schlüter schramm schreiner schroeder schuler schumann schutz
schwab schwarze seifert singer springer stadler stahl stark steffen steiner stephan stock stoll strauss strobel
sturm thiel thiele ulrich unger urban voss wagener weidner weigel wendt wenzel wessel westphal wiedemann wieland
wilhelm wilke will wirth witt wittmann wolter wulf zeller zimmer zink
"""
_ENGLISH: Final = """
adams allen anderson armstrong atkinson bailey baker barker barnes barnett bell bennett brooks brown burns butler
campbell carter chapman clark clarke coleman collins cook cooper cox davies davis dixon edwards ellis evans fisher
foster gibson graham grant gray green griffiths hall hamilton harris harrison harvey henderson hill holmes howard
hudson hughes hunt hunter jackson jenkins johnson jones kelly kennedy king knight lee lewis lloyd marshall martin
mason matthews mcdonald melton miller mills mitchell moore morgan morris murphy murray nelson o'brien o'connor
o'neill owens palmer parker patterson payne pearson perry phillips powell price reed reid reynolds richards
richardson roberts robertson robinson rogers rose ross russell sanders scott shaw simpson smith spencer stevens
stewart sullivan taylor thomas thompson thomson turner walker wallace walsh ward washington watson watts webb white
wilkinson williams williamson wilson wood wright young
"""
_FRENCH: Final = """
andre aubert barbier benoit berger bernard bertrand blanc bonnet boucher bourgeois boyer brun caron carpentier
chevalier clement colin cousin david denis deschamps dubois dufour dumas dumont dupont dupuis durand duval fabre
faure fleury fontaine fournier francois garnier gauthier gautier gerard girard guerin guillaume henry hubert jacquet
joly lacroix lambert laurent leblanc leclerc leclercq lecomte lefebvre lefevre legrand lemaire lemoine leroux leroy
lucas marchand martinez masson mathieu mercier meunier meyer michel moreau morel morin moulin muller nicolas noel
olivier perrin petit philippe picard pierre renard renaud rey richard riviere robert robin roche rolland rousseau
roussel roux roy schmitt simon thomas vidal vincent
"""
_ITALIAN: Final = """
amato barbieri basile battaglia bellini benedetti bernardi bianchi bianco bruno caputo carbone caruso cattaneo
colombo conte conti coppola costa costantini d'angelo d'amico damico de luca de rosa de santis deluca esposito
fabbri farina ferrara ferrari ferraro ferri fiore fontana galli gallo gatti gentile giordano giuliani grassi grasso
greco guerra leone lombardi longo mancini marchetti mariani marini marino martinelli martini mazza messina monti
morelli moretti negri neri orlando pagano palmieri palumbo parisi pellegrini pellegrino piras ricci rinaldi riva
rizzi rizzo romano rossetti rossi ruggiero russo sala sanna santoro serra silvestri sorrentino testa trevisani
valentini villa vitale vitali
"""
_SPANISH: Final = """
aguilar alonso alvarez arias benitez blanco bravo caballero cabrera calvo campos cano carmona carrasco castillo
castro cortes cruz delgado diaz diez dominguez duran esteban fernandez ferrer flores fuentes gallardo gallego garcia
garrido gil gimenez gomez gonzalez guerrero gutierrez hernandez herrera herrero hidalgo ibanez iglesias jimenez leon
lopez lorenzo lozano marin marquez martin martinez medina mendez molina montero mora morales moreno moya munoz
navarro nieto nunez ortega ortiz pascual pastor pena perez prieto ramirez ramos rey reyes rodriguez rojas romero
rubio ruiz saez sanchez santana santiago santos sanz serrano silva soler soto suarez torres vargas vazquez vega
velasco vicente vidal
"""
_OTHERS: Final = """
andersson bakker berg bos brouwer dahl de boer de groot de jong de vries dekker dijkstra haugen horvat horvath
jacobs janssens kaya kovac kowalski kovacs larsen lund maes mulder nagy nielsen novak nowak olsen papadopoulos
peeters petersen popa popescu schouten silva smit svensson svoboda szabo toth van dijk van den berg virtanen visser
vos willems wisniewski wojcik yilmaz demir celik sahin ferreira pereira oliveira costa rodrigues martins sousa
fernandes goncalves gomes lopes marques almeida ribeiro pinto carvalho teixeira moreira correia mendes nunes
"""
SURNAMES: Final = frozenset(f"{_GERMAN} {_ENGLISH} {_FRENCH} {_ITALIAN} {_SPANISH} {_OTHERS}".split())

# Endings of family names: Slavic, Nordic, Baltic, Greek, Romanian, Armenian, Georgian, Iberian, Dutch, German.
_ENDINGS: Final = """
ová ova eva ov ev ski ska cki cka ský ská wicz vić vic ović ić enko czyk chuk iuk sson sen ström strom gren qvist kvist
dahl lund nen nės aitė auskas poulos opoulou idis akis escu yan shvili adze dze ández ínguez íguez mann stein hoff
berg holm dóttir quist huber mayr moser stra inga sma rić vič čič
"""
ENDINGS: Final = tuple(_ENDINGS.split())
LEAST_LETTERS: Final = 5  # of a word that an ending alone makes a name


def has_ending(word: str) -> bool:
    """Return whether a word, in lower case with its accents, ends as many family names do."""
    return len(word) >= LEAST_LETTERS and word.endswith(ENDINGS)
