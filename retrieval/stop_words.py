"""Hold the function words of each language: articles, pronouns, prepositions, auxiliaries, question words.

They carry no topic, so they are no search terms and no evidence. The lists are short on purpose: BM25's inverse
document frequency takes care of words that are merely common.
"""

from typing import Final

_WORDS: Final[dict[str, str]] = {
    "bg": "а ако аз бе без беше би бил била били било в вас ви вие във все всички да дали до докато едва един"
    " една едно ето за защо и из или им има имат й как каква какви какво какъв като кога кой колко която"
    " които коя към къде ли ме ми много може могат мой моя на над най нас не него нещо ни ние но ня о от"
    " по под при с са само се си след со съм със също така те тези ти то това той този трябва ту тя тях"
    " у че ще я",
    "cs": "a aby aj ale ani ano asi až bez bude budou by byl byla bylo byly být co což či do ho i já jak jaká"
    " jaké jaký jako je jeho její jejich jen ještě jestli ji jich jim jsem jsme jsou již k kam kde kdo"
    " když kdy která které který kteří kolik lze má mají mám mě mezi mi může mohou musí na nad ne nebo"
    " než nic o od on ona oni ono pak po pod podle pokud pro proč proto před při s se si svůj své ta tak"
    " také takže tato te tedy ten tento tím to toho tom tomto u už v ve však z za ze že",
    "da": "af alle at blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter"
    " eller en end er et for fra få får gør ham han hans har havde have hende hendes her hos hun hvad"
    " hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår i ikke ind jeg jer jo kan kunne"
    " man mange med meget men mig min mod må ned noget nogle nu når og også om op os over på samt selv"
    " sig sin sine sit skal skulle som så sådan til ud under var ved vi vil ville være været",
    "de": "ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis"
    " bist da damit dann das dass dein deine dem den denn der deren des dessen die dies diese diesem"
    " diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch euer für"
    " gegen gibt hat hatte hatten habe haben hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im"
    " in ins ist ja jede jedem jeden jeder jedes jener kann kein keine keinem keinen keiner können"
    " könnte man manche mein meine meinem meinen meiner mich mir mit muss müssen nach nicht nichts noch"
    " nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so solche soll sollen"
    " sondern sowie über um und uns unser unsere unter viel vom von vor wann war waren warum was weil"
    " welche welchem welchen welcher welches wenn wer werde werden wem wen wie wieder wieviel wieviele"
    " will wir wird wo wohin worden wurde wurden während würde zu zum zur zwischen",
    "el": "αλλά αν αντί από αυτά αυτή αυτό αυτός αυτές αυτού αυτών για γιατί δεν δια είναι είχε εκεί ένα έναν"
    " ένας ενός εδώ επί έχει έχουν ή ήταν η θα και κάθε κατά κι με μέσα μετά μέχρι μη μην μία μια μιας"
    " μου μπορεί να ναι ο οι όμως όπως όταν ότι που ποια ποιες ποιο ποιοι ποιον ποιος πόσα πόσο πόσοι"
    " πόσες πού πότε πρέπει πριν προς πως πώς σας σε στα στη στην στις στο στον στους στων σύμφωνα τα τη"
    " την της τι τις το τον του τους των ως ώστε",
    "en": "a about after all also am an and any are as at be because been before being between both but by"
    " can could did do does doing during each for from had has have having he her here hers him his how"
    " i if in into is it its just may me might more most must my no nor not of off on once only or other"
    " our ours out over own per same shall she should so some such than that the their theirs them then"
    " there these they this those through to too under until up upon us very was we were what when where"
    " which while who whom whose why will with within would you your yours",
    "es": "a al algo algunas algunos ante antes aquel aquella como cómo con contra cual cuál cuáles cuando"
    " cuándo cuánta cuántas cuánto cuántos de debe deben del desde donde dónde durante e el él ella"
    " ellas ellos en entre era eran es esa esas ese eso esos esta está están estas este esto estos fue"
    " fueron ha haber hacia han hasta hay la las le les lo los más me mi mis mientras muy nada ni no nos"
    " nosotros nuestra nuestro o os otra otro para pero poco por porque puede pueden puedo que qué quien"
    " quién quienes quiénes se sea según ser si sí sido sin sobre son su sus también tan tanto te tengo"
    " ti tiene tienen todo todos tu tú tus un una unas uno unos usted ustedes y ya yo",
    "et": "aga ega ei ehk enne et ette ga ja jaoks juba ka kas keda kelle kes kohta koos kui kuhu kuidas"
    " kuigi kuni kus kõik ma me meie mida mille millal milline millised mina mis miks mitte mitu mu muu"
    " nad nagu need neid nende nii ning no nüüd oli olid olema olen oleme oled olete oma on oleks pole"
    " peab peale pärast sa saab saavad sama see seda selle sellel selles seal siin siis ta te teie tema"
    " teda vaid veel võib või üks üle",
    "fi": "ei eikä ennen että ette hän hänen he heidän ja jo jolla jonka joka jos joko jossa jotka jotta"
    " kaikki kanssa keitä ken kenen kenelle ketkä koska kuin kuinka kuka kun me meidän mihin mikä miksi"
    " mikäli milloin millainen minkä minä missä mistä mitä mitkä miten monta mukaan mutta myös ne niiden"
    " niin niitä noin nyt oli olivat olla on ole olen onko ovat saa se sekä sen siellä siinä sitä sinä"
    " ja tai tämä tämän te teidän tässä tätä vaan vai vaikka voi voiko voivat",
    "fr": "à afin ai ainsi alors après as au aucun aussi autre autres aux avait avant avec avoir c ça car ce"
    " ceci cela celle celles celui ces cet cette ceux chaque chez ci comme comment d dans de depuis des"
    " dès doit doivent donc dont du elle elles en encore entre es est et étaient était été être eu eux"
    " fait font il ils j je jusque l la là le les leur leurs lors lorsque lui m ma mais me même mes moi"
    " mon n ne ni non nos notre nous on ont ou où par parce pas pendant peu peut peuvent plus pour"
    " pourquoi puis puisque qu quand que quel quelle quelles quels qui quoi s sa sans se selon sera ses"
    " si sinon soit son sont sous sur t ta tandis te tes toi ton tous tout toute toutes très tu un une"
    " vers vos votre vous y combien",
    "ga": "a ach ag agus aici aige an ann ar arbh as atá ba bhfuil bhí bhíonn bhur cad cá cathain cé cén"
    " céard chuig conas chun cibé dá de den do don dul é ea ár faoi féin fuair ga gach gan go gur i iad"
    " idir in ina is í isteach lá le leis liom mar mé mo má mura na nach ná ní níl níor nó nuair ó ón os"
    " cionn roimh sa san seo sé sí sibh sin sinn siad tá tar tú thar trí um uair",
    "hr": "a ako ali bez bi biti bih bio bila bile bili bilo bismo biste da do dok ga gdje god i ih ili im iz"
    " ja je jedan jedna jedno jer jesam jesu još kada kad kako kao kakav kakva kakvo koja koje koji"
    " kojem kojim kojoj koliko kod ka li me mi može mogu moja moje moj mora moraju na nad nakon nam nas"
    " ne nego nema ni nije nisu niti njega njegov njih njim o od on ona oni ono ova ove ovo ovaj po pod"
    " pod preko pri prije radi s sa sam samo se sebe si smo ste su sve svi svoj što ta tada taj tako"
    " također te ti to toga toj tu u uz već vi za zašto zbog će ću",
    "hu": "a az abban addig ahogy ahol aki akik akkor ami amely amelyek amikor annak arra át azok azon azt be"
    " belül bár csak de e egy egyes el ez ezek ezt ezen ennek erre és fel fog hanem ha hogy hogyan hol"
    " honnan hova igen ill ilyen is itt ki kik kell lehet lesz meg meddig mely melyek melyik mennyi mert"
    " mi mikor milyen mind minden mint mit miért most már még nem nagyon nekem neki nincs olyan ott"
    " pedig s sem során szerint számára számos tehát től úgy után vagy van vannak volt voltak végül vel"
    " ő ők össze hány",
    "it": "a ad agli ai al alla alle allo anche avere aveva c che chi ci cioè come con contro cosa così cui"
    " da dagli dai dal dalla dalle dallo de degli dei del dell della delle dello deve devono di dopo"
    " dove e è ed era erano essere fa fino fra fu gli ha hanno ho i il in io l la le lei li lo loro lui"
    " ma me mentre mi mia mio molto ne negli nei nel nell nella nelle nello no noi non nostro o ogni"
    " oppure per perché però più poi possono prima può qual quale quali quando quanta quante quanti"
    " quanto quello questa queste questi questo qui quindi sarà se secondo sei senza si sia sono sotto"
    " sta stato su sua sue sugli sui sul sull sulla sulle suo suoi tra tu tutti tutto un una uno vi voi",
    "lt": "ar aš apie ant arba bet be bei buvo būti būtų dar dėl dėl do galima gali ir iš iki į jau jei jeigu"
    " ji jie jis jo jos jų jį ją juos kad kai kaip kas ką kam kiek kiekvienas kokia kokie koks kur kurie"
    " kuris kuri kurio kurią kurių kol kodėl kada labai man mano mes mūsų nei nes nors ne nėra o pagal"
    " pas per po prie prieš pro su savo tačiau tai taip taigi tas ta tą te ten tie tik to tokia toks tu"
    " turi už užtai viena vienas visi yra šis ši šio šią šie šių",
    "lv": "ar ara arī bet bez bija bijis būs būt būtu cik cita cits daudz dēļ es ir ja jau jo jūs ka kā kad"
    " kam kas ko kur kura kuras kuri kuru kurš kāda kādi kāds kādas kādu kāpēc katrs kopā lai līdz man"
    " mans mēs mūsu nav ne nebija nevar no nu par pa pat pēc pie pirms pret savu savs starp šī šis šo"
    " šajā tā tad tādēļ tas tai tam tie tiek tikai to tomēr un uz vai var vēl viens visi viņa viņi viņš",
    "mt": "u ta li il l fil f fi bi b bil mill minn ma għal għall għan għand għandu għandha għandhom dan din"
    " dak dik dawn dawk hu hi huma hija huwa jew jekk kif kien kienet kienu kull kollha xi x meta fejn"
    " min għaliex kemm liema mhux mhix mhumiex biex bħal lil lill s sal sa tal tat tas dwar wara qabel"
    " bejn iżda imma aktar biss jista tista jistgħu dwar kontra is id in it ir iċ ix iz iż fl fis fid"
    " fit fir bħala anke ukoll hemm",
    "nl": "aan achter al alle alleen als altijd ander andere ben bij binnen buiten daar dan dat de den der"
    " deze die dit doch doen door dus een en er ge geen had hadden heb hebben heeft hem het hier hij hoe"
    " hoeveel hun iemand iets ik in is ja je jij jouw kan kunnen kon maar me meer men met mij mijn moet"
    " moeten mag mogen na naar niet niets nog nu of om omdat ons onze ook op over per reeds te ten ter"
    " tot tussen u uit uw van veel voor waar waarom wanneer want waren was wat we welk welke wel werd"
    " werden wie wij wil word worden wordt zal ze zelf zich zij zijn zo zonder zou zullen",
    "no": "alle at av bare ble blir både da de deg dem den denne der deres det dette din disse du eller en"
    " enn er et etter for fordi fra få får gjør ha hadde han hans har henne her hun hva hvem hver hvilke"
    " hvilken hvis hvor hvordan hvorfor i ikke inn jeg kan kunne man mange med meg men mer min mot må"
    " ned noe noen nå når og også om opp oss over på samme seg selv sin sine sitt skal skulle slik som"
    " så til ut under var ved vi vil ville være vært",
    "pl": "a aby ale albo ani bez bo by był była było były być bardzo będą będzie bowiem co czy czyli dla do"
    " dlaczego gdy gdzie gdyż go i ich ile im inne innych ja jak jaka jaki jakie jako jakich je jednak"
    " jego jej jest jestem jeszcze jeśli jeżeli już kiedy kto kogo która które którego której który"
    " których którym którzy lub ma mają mi między mnie może mogą można mój musi my na nad nam nas nie"
    " nich nim niż no o od on ona one oni oraz pan po pod ponieważ poza przed przez przy są się sobie"
    " swoje ta tak także tam te tego tej ten też to tu tych tylko tym u w we więc wszystkie z za zaś że",
    "pt": "a à ao aos aquela aquele aqui as às até cada com como contra da das de dela dele depois desde do"
    " dos durante e é ela elas ele eles em entre era eram essa esse esta está estão estas este estes eu"
    " foi foram há isso isto já lhe lhes mais mas me mesmo meu minha muito na não nas nem no nos nós"
    " nossa nosso num numa o onde os ou para pela pelas pelo pelos pode podem por porque porquê quais"
    " qual qualquer quando quanta quantas quanto quantos que quê quem são se sem ser será seu seus si"
    " sobre sua suas também te tem têm tenho ter teu todo todos tu tua um uma umas uns você vocês",
    "ro": "a acea aceasta această aceste acest acesta acestea acestor acestui ai al ale am ar are as asta așa"
    " ați atunci au avea ca că când care căreia cărui cât câte câtă câți ce cel cele cei celor cine ci"
    " cu cum da dacă dar de deci decât despre din dintre doar după ea ei el ele era erau este eu fi fie"
    " fost fără i iar îi îl îmi în înainte între își la le li lor lui mai mea mei meu mi mult n ne nici"
    " nimic noi nostru nu o ori pe pentru peste până poate pot prin s sa să sale sau se și sub sunt și"
    " ta te toate tot toți tu un una unde unei unele unor unui va vă vor voi vostru vrea",
    "ru": "а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до"
    " его ее её если есть ещё еще же за здесь и из или им их к как какая какие какого какой какую ко"
    " когда кого который которая которые которого кто кому куда ли либо между меня мне может можно мой"
    " мы на над надо не него нее нет ни них но ну о об один он она они оно от очень по под после потому"
    " почему при про с сколько со так также такой там те тем то того тоже той только том ты у уже хотя"
    " чего чем что чтобы чья эта эти это этого этой этот я",
    "sk": "a aby aj ak ako aká aké aký ale alebo ani áno asi až bez bol bola boli bolo bude budú by byť cez"
    " čo či do ho i ich im ja je jeho jej len iba k kam kde kedy ked keď keďže ku kto ktorá ktoré"
    " ktorého ktorý ktorí koľko má mal majú medzi mi môže môžu mu musí my na nad nám nás ne nech nie než"
    " nič o od on ona oni ono pod podľa po potom práve pre prečo preto pred pri s sa si so som sme ste"
    " sú svoj ta tá tak takže táto te teda ten tento tie tieto to toho tom tu už v vo však z za zo že",
    "sl": "a ali bi bil bila bile bili bilo biti bo bodo brez če da do dokler ga ga gre in iz ima imajo jaz"
    " je jih jim jo kadar kaj kako kakor kakšen kakšna kakšne kakšno kateri katera katere katero katerih"
    " kdaj kdo ker ki kje ko koliko komu kot lahko le ma med me mi mora morajo na nad naj nam nas ne"
    " nego ni nič nisem niso njegov njih no o ob od on ona oni ono pa po pod pred pri s sem se si smo so"
    " sta ste svoj ta tako te tega tem ti tisti to tudi tu v va vas več vi vse vsi za zakaj zato z že",
    "sv": "alla allt att av bara bli blir blev de dem den denna deras dess dessa det detta dig din du där då"
    " efter eller en er ett från för får få gör ha hade han hans har henne hennes hon honom hos hur här"
    " i icke in inte ingen jag ju kan kunde man med mellan men mer mig min mitt mot mycket måste ni nu"
    " när någon något några och också om oss på samma sedan sig sin sina sitt ska skall skulle som så"
    " sådan till under upp ut utan vad var vara varför varit varje vars vart vem vi vid vilka vilken"
    " vilket vill än är över",
    "tr": "ama ancak bazı ben bile bir biri birkaç biz bu bunlar bunu bunun çok çünkü da daha dahi de değil"
    " diye en gibi göre hangi hangisi hem hep hepsi her hiç için içinde ile ise kadar kaç ki kim kime"
    " kimi kimin mı mi mu mü nasıl ne neden nedir nerede nereye niçin niye o olan olarak olduğu on ona"
    " onlar onu onun sadece sen siz sonra şey şu tarafından tüm vardır var ve veya ya yani yok üzere",
    "uk": "а або але бо був була були було бути в вам вас вже ви від все всі він вона вони воно для до його й"
    " з за зі і із її їх й коли кого кому кожен котрий куди ли ми може можна на навіщо над не немає ні"
    " ну о об один од пере під після по при про проте саме свій себе скільки та так також там те ти то"
    " тобто тоді того тому тут у хоча хто це цей ця ці чи чим чому що щоб як яка яке який яким які якого"
    " якої я є",
}

STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    code: frozenset(words.split()) for code, words in _WORDS.items()
}
