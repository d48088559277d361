"""Find what a file holds and a reader does not see, take it out, and say that it was there.

characters  that nobody sees, told from typography, in any format (pure)
html        text that a page's styles do not show, in one way down its tree
html_rules  why a box or its text is not seen, a rule for each way of hiding (pure)
html_look  how text looks in an element: what it inherits, what is declared (pure)
html_layers  where something else than the background may lie behind text
css         which style a sheet gives to which element
css_declarations  what is declared: shorthands parted, invalid values dropped
css_conditions  whether @media and @supports hold (pure)
css_selectors  selectors parted, nested, translated (pure)
css_cost    what looking for a selector takes
css_values  lengths, calculations, variables (pure)
docx        runs that are hidden or tiny or like their ground;  docx_looks  what styles add;  docx_ground  the ground
pptx        text that a slide does not show;  slide  where its shapes lie, what layout and master add (pure)
xlsx        rows, columns and sheets that are hidden, cells that something may paint;  cells  how a cell looks (pure)
odf         text of OpenDocument files that is hidden, tiny or like its ground;  ods  hidden rows and columns (pure)
rtf         letters that are hidden, tiny or like their ground (pure)
pdf         words that are invisible, in the colour of their ground, tiny or off the page
terminal    text that control sequences conceal (pure)
passage     what counts as text, and what is told of it (pure)
drawingml   the colours of a theme, and what shapes are filled with (pure)
sight       what stands between a text and a reader: ink, ground, size (pure)
colour      what a colour's name means, and whether two can be told apart (pure)
"""
