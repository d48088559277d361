"""Write the papers that a house's own settings can fill in: what an officer, a works council or an authority asks for.

pack        all papers, into a folder that is whole or not there
tongue      their sentences in three languages: English in the code, the others in words.json
paper       what a paper is made of
kept        for how long each store is kept, under these settings
hops        which neighbours there are, by which way they are reached, and what they are told
weights     the models in use, with licence, source and hashes
records     records of processing (Art. 30 GDPR), and the table of terms
assessment  draft of an impact assessment (Art. 35)
measures    technical and organisational measures (Art. 32), each with what shows it
flow        picture of the flow of data, and recipients
picture     that picture, as boxes and lines
cards       model cards
conduct     note on the AI Act
html, pdf   how papers are drawn
"""
