"""List names that many people have and that are no words of the language.

A safety net only: most names are known by their capital, or because they are the sender's own (app/domain/content_words.py).
"""

_GIVEN = """
agnete albert alberte alexander allan alma anders andreas anette anita anja ann anna anne annette arne asger asta august
axel benedikte benjamin benny bent bente benthe birgit birgitte birte birthe bjarne bodil brian britta camilla carl caroline
carsten casper cathrine cecilie charlotte christian christina christine christoffer claus clara conny daniel david diana
dorte dorthe ebbe edith egon eigil einar elias elin eline elisabeth ella ellen elly else emil emilie emma emmy erik erling
esben esther eva finn flemming frank frederik freja frida gerda gerner gert gitte grete grethe gudrun gunnar gurli hanne
harald harry heidi helene helga helle henning henrik henriette henry hugo ida inga inge ingelise inger ingrid irene ivan
jacob jakob jan janne jannik janni jens jeppe jesper jette jimmy joan johan johanne john johnny jonas josefine julie jytte
jørgen jørn kaj karen karin karina karl karsten kasper katrine kenneth kenny kent kirsten kirstine kjeld klara klaus knud
kresten kristian kristina kristine kurt lars lasse laura laurits leif lena lene lilian lillian lisbet lisbeth lise lissi liv lone
lotte louise lucas ludvig lærke mads magnus maja malene malthe maren margit margrethe maria mariam marianne marie marlene
martha martin mathias mathilde mette michael michelle mia mikael mikkel mogens mohammad mohamed morten naja nanna nicklas
nicolai niels nikolaj nina noah ole oliver olivia oluf oscar oskar otto palle paul peder per pernille peter pia poul preben
rasmus rikke rita robert rosa rune runa ruth sara sarah sebastian signe silas silje simon sofia sofie solveig steen steffen
stig stine susanne sussi svend søren tage tanja theodor thomas thor thorkild tina tine tobias tom tommy torben tove troels
trine ulla ulrik valdemar vera verner vibeke victor victoria viggo vilhelm villads villy viola vivi vivian yvonne zahra
åge åse øjvind
"""
_FAMILY = """
ahmed ali andersen andreasen bech bertelsen carlsen christensen christiansen christoffersen clausen danielsen davidsen
eriksen frandsen frederiksen gregersen hansen hassan henriksen hussein iversen jacobsen jakobsen jensen jeppesen jespersen
jessen johannsen johansen jørgensen karlsen kjeldsen kjær knudsen kristensen kristiansen larsen laursen lauridsen lauritsen
lorenzen madsen mathiesen michelsen mikkelsen mogensen mortensen nielsen nguyen nissen olesen olsen paulsen pedersen
petersen petersson poulsen rasmussen schmidt schultz simonsen sørensen thomsen thygesen toft-hansen vestergaard villadsen
winther aagaard østergaard
"""
NAMES = frozenset((_GIVEN + _FAMILY).split())
