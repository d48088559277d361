"""Hold given names that are common in Europe, lower case and without accents; written down for this project."""

from typing import Final

_GERMAN: Final = """
achim adelheid albrecht alexander alfred alois andre andrea andreas angelika anja anke anna anne annegret annelie
anneliese annette annika antje anton armin arne arno astrid axel barbara bastian beate benedikt benjamin bernd
bernhard bertram bettina birgit birgitta bjorn bodo boris brigitte bruno burkhard carina carl carla carolin caroline
carsten charlotte christa christel christian christiane christina christine christof christoph clara claudia claus
conrad constanze cordula corinna cornelia dagmar daniel daniela david detlef diana dieter dietmar dietrich dirk
dominik dorothea doris eberhard eckhard edeltraud edgar edith egon elena elfriede elisabeth elke ella ellen elmar
emil emilia emma erich erika erna ernst erwin esther eva evelyn fabian fabienne felix ferdinand finn florian franz
franziska frauke frederik frieda friederike friedhelm friedrich fritz gabi gabriele georg gerald gerd gerda gerhard
gerlinde gernot gertrud gisela gottfried gregor greta gudrun gunter gunther gustav hannah hannelore hanne hannes
hans harald hartmut heide heidemarie heidi heidrun heike heiko heiner heinrich heinz helene helga helmut hendrik
henning henrik herbert heribert hermann herta hildegard holger horst hubert hugo ilka ilona ilse ines inga ingeborg
inge ingo ingrid irene iris irma irmgard isabel isabell isabella jakob jana janina jannik jannis jens joachim jochen
johann johanna johannes jonas jonathan jorg jorn josef julia julian juliane jurgen jutta karin karina karl karla
karlheinz karola karsten katharina kathrin katja katrin kerstin kirsten klara klaus konrad kornelia kristin kristina
kurt lara lars laura lea lena leni leon leonhard leonie lina linda linus lisa lothar louis louisa luca lucas ludger
ludwig luisa luise lukas luis lutz magdalena maik malte manfred manuel manuela marc marcel marco marcus maren
margarete margarethe margit margot margret maria marianne marie marina mario marion markus marlene marlies marta
martha martin martina mathias mathilde matthias maximilian mechthild melanie melina mia michael michaela mila milena
mirco miriam mirjam monika moritz nadine nadja natalie natascha nele nicola nicolas nicole niklas nikolaus nils nina
noah nora norbert olaf ole oliver ortrud oskar oswald ottilie otto pascal patrick paul paula pauline peter petra
philipp pia rainer ralf ralph ramona raphael rebecca regina regine reimund reiner reinhard reinhart reinhold renate
rene richard rita robert robin roland rolf roman ronald ronny rosa rosemarie roswitha rudiger rudolf rupert ruth
sabine sabrina samuel sandra sarah sascha saskia sebastian siegfried siegmund siglinde sigrid silke silvia simon
simone sina sofia sonja sonke sophia sophie stefan stefanie steffen stephan stephanie susanne sven sybille svenja
tamara tanja tatjana theo theodor theresa theresia thilo thomas thorsten tilman tim timo tina tobias tom torben
torsten traute udo ulf ulrich ulrike ursula ute uwe valentin vanessa vera verena veronika viktor viktoria volker
volkmar waldemar walter waltraud werner wiebke wilfried wilhelm willi winfried wolfgang wolfram yannick yvonne
"""
_ENGLISH: Final = """
aaron abigail adam adrian agnes aidan aileen alan albert alec alice alison allan allison alyssa amanda amber amelia
amy andrew andy angela angus anita annabel ann annie anthony antony archie arlene arthur ashley audrey barry
beatrice becky belinda ben bernadette bernard beth bethany betty beverley beverly bianca bob bonnie brad bradley
brandon brenda brendan brett brian bridget bruce bryan caitlin callum calvin cameron carl carmel carmen carol carole
carolyn carrie catherine cathy cecilia cedric charlene charles charlie chelsea cheryl chloe chris christie
christopher cindy clare clarence clayton cliff clifford clive colin colleen connor constance courtney craig crystal
curtis cynthia daisy dan danielle danny darcy darlene darren dave dean debbie deborah debra declan denis denise
dennis derek desmond diane dianne dominic donald donna doreen dorothy doug douglas duncan dustin dwayne dylan earl
eddie edmund eduard edward edwin eileen elaine eleanor eli elijah elizabeth ellie elliot elliott elsie emily emma
eric erin ethan eugene eunice evan evie fergus fiona florence floyd frances francis frank fred freddie frederick
freya gail gareth garry gary gavin gemma geoff geoffrey george georgia georgina gerard geraldine gilbert gillian
glen glenda glenn gloria gordon grace graham grant greg gregory gwen hannah harriet harold harry harvey hayley hazel
heather hector helen henry hilary hilda holly howard hugh ian imogen ingrid irvin isaac isabel isla ivan ivy jack
jackie jackson jacob jacqueline jade jake james jamie jan jane janet janice jared jasmine jason jay jean jeff
jeffrey jenna jennifer jenny jeremy jerome jerry jesse jessica jessie jill jim jimmy joan joann joanna joanne joe
joel john johnny jon jonathan jordan joseph josephine josh joshua joyce juan judith judy julie june justin karen
kate katherine kathleen kathryn kathy katie kay kayla keith kelly ken kenneth kenny kerry kevin kieran kim kimberly
kirk kirsty kristen kyle lance larry lauren laurence lawrence leah leanne lee leo leonard leroy leslie lester lewis
liam lillian lily linda lindsay lindsey lisa lloyd logan lois lorna lorraine louise lucille lucy luke lydia lynda
lynn lynne mabel mackenzie madeleine madison malcolm marcia marcus margaret maria marilyn marjorie marlene marshall
marvin mary mason matt matthew maureen maurice megan melissa melvin mercedes meredith michelle miguel mike mildred
miles millie mitchell molly morgan muriel myra nancy naomi natalie nathan nathaniel neil nelson nicholas nigel noel
noreen norma norman olive olivia oscar owen pamela pat patricia patrick patty pauline pearl peggy penelope penny
percy perry phil philip phillip phoebe phyllis polly poppy priscilla rachel ralph ramon randall randy raymond
rebekah reginald rhys richard rick ricky rita robert roberta rodney roger ronald ronnie rory rosalind rose rosemary
rosie ross rowan roxanne roy ruby rupert russell ryan sally sam samantha samuel sandra sandy scarlett scott sean
seth shane shannon sharon shaun sheila shelley sherry shirley sidney silas simon sinead sonia spencer stacey stacy
stanley stella stephen steve steven stewart stuart sue susan suzanne sylvia tammy tania tara ted terence teresa
terrence terry tessa theresa tiffany timothy tina toby todd tom tommy tony tracey tracy travis trevor tricia tristan
troy tyler valerie vera vernon veronica vicki victor victoria vince vincent viola violet virginia vivian wade
wallace walter wanda warren wayne wendy wesley wilbur will willard william winifred winston yolanda yvette zachary
zoe
"""
_FRENCH: Final = """
adele adrien agathe aimee alain alexandra alexandre alexis alice alix aline alphonse amandine ambre amelie anais
anatole andree ange angele angelique anne-marie anne-sophie antoine antoinette apolline armand armelle arnaud arthur
aude audrey augustin aurelie aurelien aurore axelle baptiste barnabe basile bastien beatrice benedicte benoit
berenice bernadette bertrand blaise blanche brice brigitte camille capucine carole caroline cecile cedric celestin
celia celine chantal charlene charline chloe christele christelle christophe claire clarisse claude claudine
clemence clement clementine clotilde colette coralie corentin corinne cyprien cyril cyrille damien danielle danielle
daphne delphine denis denise didier dominique dorothee edith edmond edouard eliane eline elisa elise eloise emeline
emeric emile emilie emilien emmanuel emmanuelle estelle etienne eugenie evelyne fabien fabienne fabrice fanny
fernand flavie florent florence francine francis franck francois francoise frederic frederique gabin gabriel
gabrielle gael gaelle gaetan gaspard gaston gauthier genevieve georges georgette gerard germain germaine geraldine
ghislain ghislaine gilbert gilles gisele gregoire guillaume guy gwenaelle helene henri henriette herve honore
hortense huguette ines isabelle jacqueline jacques jean jeanne jeannine jean-baptiste jean-claude jean-francois
jean-jacques jean-louis jean-luc jean-marc jean-marie jean-michel jean-paul jean-philippe jean-pierre jean-yves
jeremie jeremy jerome joelle jocelyne joseph josette josiane jules julie julien juliette justine karine laetitia
laure laurence laurent lea leonie liliane lionel lise lola loic lorraine louane lucas lucette lucie lucien lucienne
ludivine ludovic madeleine mael maelle magali manon marc marcel marcelle margaux marguerite marie-claude
marie-christine marie-france marie-helene marie-louise marie-pierre marie-therese marielle marine marion marius
marthe martine mathias mathieu mathilde mathis matthieu maud maurice maxence maxime melanie melissa michel michele
micheline mireille monique morgane muriel mylene myriam nadege nadia nathalie nathan nicolas noemie noelle odette
odile olivier ophelie oceane pascal pascale patrice patricia patrick paulette perrine philippe philomene pierre
pierrette pierrick quentin rachel raphaelle raymond raymonde regine regis remi remy renaud rene renee richard roger
rolande romain romane roseline roxane sabine salome sandrine sebastien serge severine simone solange solene sophie
stephane suzanne sylvain sylvette sylvie tanguy theo theophile therese thibaud thibault thierry timothee tristan
ulysse valentine valerie veronique victoire victor vincent violette virginie viviane xavier yann yannick yves yvette
yvon zoe
"""
_ITALIAN: Final = """
achille ada adele adriana adriano agata agnese agostino alba alberta alberto aldo alessandra alessandro alessia
alessio alfio alfonso alfredo alice allegra amedeo amelia andrea angela angelica angelo anita anna annalisa
annamaria annarita annunziata antonella antonia antonietta antonino antonio armando arturo asia attilio aurora
barbara beatrice benedetta benedetto beniamino bernardo biagio bianca bruna bruno camilla carla carlo carlotta
carmela carmelo carmine carolina caterina cecilia celeste cesare chiara cinzia ciro clara claudia claudio concetta
corrado cosimo cristian cristiana cristiano cristina daniela daniele dario davide debora denise diego dina domenica
domenico donatella donato edoardo elena eleonora elia eliana elisa elisabetta elsa emanuela emanuele emilio emma
enrica enrico enzo ermanno ernesto ester ettore eugenia eugenio eva fabiana fabio fabiola fabrizia fabrizio fausto
federica federico felice ferdinando ferruccio filippo filomena fiorella flavia flavio franca francesca francesco
franco fulvio gabriele gabriella gaetano gaia gaspare gennaro giacomo giada gian gianfranco gianluca gianluigi
gianmarco gianna gianni gianpaolo gilda gino ginevra gioele giorgia giorgio giovanna giovanni gisella giuditta
giulia giuliana giuliano giulio giuseppa giuseppe giuseppina giusy gloria graziano graziella gregorio greta
guglielmo guido ida ignazio ilaria ileana imma irene isabella italo ivana ivano jacopo katia lamberto laura leonardo
letizia lia lidia liliana livia livio loredana lorella lorena lorenza lorenzo luca lucia luciana luciano lucio
lucrezia luigi luigia luisa maddalena manlio manuela mara marcella marcello marco margherita maria mariano marika
marilena marina mario marisa marta martina massimiliano massimo matilde matteo mattia maura maurizio mauro melissa
michela michelangelo michele milena mirella miriam mirko monica moreno nadia natalia nella nicola nicolo nicoletta
nino noemi nunzia oreste orietta orlando ornella ottavio palmira paola paolo pasquale patrizia patrizio piero
pierluigi pietro pina pino primo raffaele raffaella raimondo raul rebecca renata renato renzo riccardo rita roberta
roberto rocco rodolfo romano romeo romina romolo rosa rosalia rosanna rosaria rosario rosella rossana rossella
rosetta ruggero sabina sabrina salvatore samuele sandra sandro santina santo sara saverio serena sergio silvana
silvano silvia silvio simona simone sofia sonia stefania stefano susanna tania teresa tiziana tiziano tommaso tonino
tullio ubaldo ugo umberto valentina valeria valerio vanessa veronica vincenza vincenzo virginia virginio vito
vittoria vittorio viviana walter
"""
_SPANISH: Final = """
abel adela adolfo adrian adriana agustin ainhoa aitor alba alberto alejandra alejandro alfonso alfredo alicia
almudena alonso alvaro amalia amaya amparo ana anabel andres angel angela angeles angelica antonia antonio aranzazu
araceli ariadna arturo asuncion aurelio aurora azucena beatriz begona belen benito bernardo berta blanca borja
candela carlos carla carlota carmen carolina catalina cayetano cecilia celia cesar clara claudia concepcion conchita
consuelo cristina cristobal daniel daniela dario david diana diego dolores domingo edgar eduardo elena elisa eloy
elvira emilia emilio encarnacion enrique erika ernesto esperanza esteban estefania esther estrella eugenia eugenio
eulalia eva fatima federico felipe felix fermin fernando fidel florentino francisca francisco gabriel gabriela gemma
gerardo german gloria gonzalo graciela gregorio guadalupe guillermo gustavo hector hernan hugo ignacio iker
immaculada inmaculada ines inigo irene iria isabel isidro ismael itziar ivan jacinto jaime javier jesus jimena
joaquin joel jordi jorge jose josefa josefina josep juan juana juana julian juliana julio laia laura leandro leire
leonor leticia lidia lola lorena lorenzo lourdes lucas lucia luis luisa luz macarena maite manuel manuela mar marc
marcelino marcos margarita maria mariana mariano maribel marina mario marisol marta martin mateo matias mauricio
maximo mercedes miguel milagros miquel miriam moises monica montserrat nadia natalia nerea nestor nicolas nieves
noelia nuria octavio olga oriol oscar pablo paloma paola patricia patricio pedro pilar purificacion rafael ramiro
ramon raquel raul remedios ricardo roberto rocio rodolfo rodrigo rogelio roman rosario ruben salvador samuel
santiago sara saul sebastian sergio silvia sofia soledad sonia susana tamara teodoro teresa tomas trinidad unai
valentina valeria vanesa vega vicente victor victoria virginia xavier ximena yolanda zulema
"""
_OTHERS: Final = """
aage adam aino aksel aleksander aleksandar aleksandr aleksandra alena alexandru ali alicja ana anders andrei andrej
andrzej angelos anneli annemarie annukka antti arif arvid asger ayse aziz bartosz beata bent birgitte birte bogdan
bozena bram branislav cees cemal danica danuta darko dawid dimitra dimitri dimitris dmitri dorota dragan dusan ebru
ece einar eleni elif elin elzbieta emine emre erik erkki esra eva evangelos ewa faina farid fatma femke ferenc filip
fredrik frode gabor georgios gerrit gintaras giorgos goran grazyna grzegorz gunilla gunnar hakan halina halvor hanna
hasan hassan havard hege helle henk henryk huseyin ibrahim igor ilse imre inger ioana ioannis irina istvan iva ivana
ivo ivona iwona jaakko jaap jacek jadwiga jan jana janos jarmila jaroslav jeroen jerzy jesper jiri joanna johan
jolanta joost jorgen joris josef jozef juha juhani justyna jukka kaisa kari karel karolina katarina katarzyna
katerina kazimierz kerem khalid kjell konstantinos kostas krzysztof ladislav lajos lars lasse laszlo lech leila
lenka leszek lieke liv ljubica lotte lubomir lucyna lukasz magnus maja malgorzata marek maria marianna mariusz
marjan marko marta matti mehmet mette michal mihai mikael mikko milan milos miloslav mirjana miroslav mohamed
mohammed monika morten murat mustafa nadezhda natalia nihat nikola nikolai nikos niels nils nordin oksana olena olga
omer ondrej oksana orhan osman ove panagiotis pavel pawel peeter pekka per petr petros piotr radek radoslav rasmus
ricardo riitta ryszard sander sanne selim selina serkan sigurd sinan sini siri slavica slawomir snezana sofie
solveig soren spyros stanislav stanislaw stavros stefan stig stijn sunniva svetlana szymon tadeusz tamas tatiana
teemu terje teun tiina timea tom tomas tomasz tomislav tommi torbjorn tove trine tuomas urszula vaclav vasile vesna
vidar viktoria vilma virpi vladimir vlasta vojtech wieslaw wim wojciech xander yasemin yusuf yuri zbigniew zdenek
zeynep zofia zoltan zuzana maarten pieter thijs willem marijke anneke cornelis dirk wouter koen ruud frans lotte
esmee sjoerd joao antonio manuel ines tiago rui goncalo nuno fernanda catarina rita helder vasco leonor paulo sofia
duarte miguel abdul abdullah aisha akin alfons aldona alina aliya amir amira anastasia anatoly anca andras andrius
aneta anil anouk antti arjun arkadiusz asya attila barbora bela biljana blanka bohdan bojan boryana boyan branka
brigita caleb cristi damian damir danijela danil dariusz dejan denisa desislava dino dinu djamel dmitrijs dorin
dragana eduards egle eirik ekaterina elisabet elizaveta elvis emil endre enver erdem erki ermin eszter evgeny faisal
farah fredrika galina gheorghe giedre grigor gyorgy habib hamza hana hanne haruka hiroshi horia ignacy iker ilhan
ilia iliana ilja ilona imran ines inna ioanna iosif irma isla ismail ivar izabela jamal janne jarek jarno jasna
jasper jelena jesper joakim joana jolana jovan judit jurgis kaarina kaja kajetan kamil karim karlis kasia kaspar
kateryna kenji kirill klara klaudia konstantin kristian kristiina kristijan krisztina lachlan larissa laszlo latifa
leif leon leonid leyla liana lidija liisa linnea lior ljiljana lorand lovro lucija ludmila luka madalina maksim
malin marcin margareta mariana marija marijana marios marius marketa martyna masha mateusz mathilda maxim mehdi
meike mehmet melek mihail mihaela mikhail mina mircea mirek mirela mladen mohammad monica mykola nada nadia nadja
natasa natasha nawal nazim neringa nevena nicolae nicoleta nikita nikolay nina nino nour oana octavian oleg olli
omar orsolya osama ovidiu ozan paulina pauli pauls pavlina peder pernille petar petra pranav priya radu rafal rania
rasa rashid ravi razvan renars rolf roksana roza rustam ruslan said salma sami samir samira sampo sanja sanna sara
selma sergei sergey sergiy silvestr silviu simona sinisa snorri sonja stina sunil svein sverre synnove taha tamar
tarik tarja teodora terrence tetiana thanos thea theodora tihana timur toivo tomoko trygve ulla ulrika uros urska
vadim valdis valentyna vasil veronica viktorija vilhelm vilmos violeta vito vladislav volodymyr waldek wanda
wioletta yahya yana yannis yaroslav yasmin yelena yevgeny yosef yulia yumi zahra zaneta zdenka zeljko zoran zsolt
zsuzsanna brittany tricia kristy terri tonya latoya jermaine darnell shawn lamar kendra krista marisa carly kaitlyn
aubrey ava mia isabelle sophie freya evelyn harper ella nora lucas mason ethan oliver noah elias leo hugo alma ebba
wilma saga astrid vera
"""
GIVEN_NAMES: Final = frozenset(f"{_GERMAN} {_ENGLISH} {_FRENCH} {_ITALIAN} {_SPANISH} {_OTHERS}".split())
# Also words or places: alone they name nobody.
_ALSO_WORDS: Final = """
alba amber ange angel angelo ansgar april archie ariel asia august aurora autumn bill blanca blanche bob bonnie
carmel chad charlotte chelsea china christian claire clement cliff constance crystal daisy dale dawn dean dolores
domingo earl esperanza estrella faith felice felix florence florian franc franco frank franz fritz gene georgia
german germain germaine grace grant guy hazel heather hector heide holly honore hope ivy jack jade jay jean jordan
joy june kay kirk kurt lance laurel laure liberty lily lincoln linda logan lorraine luz madison mar marc marine mark
marshall mason max may mercedes miles morgan nelson nieves nella noel noelle oceane olive orlando oscar otto pat
patience pearl penny peggy perry pierre pilar pina pino poppy primo prince randy ray regina remedios rich rick rita
robin roman romain romane romano rosa rosario rose rosemary ross rowan ruby rusty sally salvador sandy santiago
santo saul scarlett scott sidney silke soledad spencer stella sterling sue summer sven sydney ted terry tiffany
trinidad ute vega vera verona victoria vincent viola violet violette virginia vito wade wallace warren wayne will
winston yves trento madeleine celeste celestin jan juli mai marin martini ole per sina stig sander tim tina tom ute
primo julio nora lea ada ali
"""
ALSO_WORDS: Final = frozenset(_ALSO_WORDS.split())
