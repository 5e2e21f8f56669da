"""診療・薬剤・健診・手術情報: made up when it is read, and who may see which of it.

Nothing of it is stored, and none of it is anybody's: it follows from the deployment's seed and the
person, so that it is the same whenever it is read, and a later look only adds.
"""
