"""A latent by name: where it begins, what moves it, what is held. The same words, the same values, of any model.

Written, a point is its parts with commas between: `image:7,pc1=1.5,z3=-2`. The first part is where it begins:

    centre                       the prior's mean
    mean                         the mean of the set's posterior means
    image:7                      the mean of an image's posterior; image:7:3 is a draw of it, by seed 3
    file:1                       the same of the first image file that was given beside the set; file:1:3 a draw
    draw:12:5                    the prior's draw 12 of seed 5; draw:12:5:0.8 at temperature 0.8
    draw:12:5:0.8:fitted         the same of the Gaussian fitted to the set's aggregate posterior
    umap:3.5:-2                  a place on the set's map by UMAP: what the images about it have in common
    values:0.1:-2:0.5            these values, from dimension 0 on; further dimensions at 0
    between(A;B):0.25            a quarter of the way from A to B; between(A;B):0.25:slerp along the arc

Then what moves it, each with its strength (without one: 1), and the dimensions that are held:

    pc2=1.5                      1.5 standard deviations along the second principal direction of the posterior means
    class:3>5=0.8                0.8 of the way from the mean of class 3 to that of class 5; class:all>5 from the set's
    images:1+4>7=0.5             the same from the mean of images 1 and 4 to that of image 7; f2 is file 2
    z3=-2                        dimension 3 at -2; held dimensions are set last
"""
