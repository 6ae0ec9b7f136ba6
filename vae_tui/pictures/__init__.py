"""What can be drawn of a model: one file a picture, each a frozen request that draws itself and names its command.

The picture commands and the explorer build the same requests, so that what one shows the other can draw again.
Plain values and numpy only: what is drawn of is any `Subject`, a trained model's session or a test's fake.
"""
