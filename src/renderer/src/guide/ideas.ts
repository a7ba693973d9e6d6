/** What a page teaches. In texts, TeX stands between dollar signs. */
export interface Idea {
  text: readonly string[];
  formulas: readonly string[];
  /** the steps of training or sampling, in the order in which they happen */
  algorithm?: { title: string; steps: readonly string[]; note?: string };
}

const NOISED = String.raw`x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon`;
const TO_X0 = String.raw`\hat{x}_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\epsilon}{\sqrt{\bar\alpha_t}}`;
const STEP = String.raw`x_{t-1} = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,\hat{x}_0 + \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t + \sqrt{\beta_t}\,z`;

export const ideas: Readonly<Record<string, Idea>> = {
  '1.1': {
    text: [
      'A UNet sees an image at several sizes at once. On the way down it halves the image twice and then sums it up in one vector, so every pixel can take the whole digit into account. On the way up it comes back to full size.',
      'Going down loses where exactly things were. The skips bring it back: at each size, what was there on the way down is joined to what arrives on the way up. One number sets how much it can hold, the width $D$; the work grows with its square.',
    ],
    formulas: [
      String.raw`D_\theta:\ \mathbb{R}^{1\times 28\times 28} \to \mathbb{R}^{1\times 28\times 28}`,
      String.raw`\mathrm{GELU}(v) = v\,\Phi(v)`,
    ],
  },
  '1.2': {
    text: [
      'Take a clean digit, bury it in noise, and ask a network to give the digit back. Every batch gets fresh noise, so the network never sees the same picture twice and has to learn what digits look like. Five passes over 60,000 digits are enough.',
    ],
    formulas: [
      String.raw`z = x + \sigma\,\epsilon,\quad \epsilon \sim \mathcal{N}(0, I)`,
      String.raw`L = \mathbb{E}_{z,x}\,\lVert D_\theta(z) - x \rVert^2`,
    ],
  },
  'noise-lab': {
    text: [
      'Two ways to bury a digit. Part 1 leaves the digit as it is and lays noise over it. Part 2 fades the digit out while noise fades in, so that the picture ends as noise alone. Up to a factor they are the same pictures: what counts is how much noise there is for each bit of digit.',
    ],
    formulas: [String.raw`z = x + \sigma\,\epsilon`, NOISED],
  },
  '1.2.2': {
    text: [
      'The network was trained on one amount of noise only, and is never told how much there is. With less it has an easy task and mostly keeps what it sees. With more it takes noise for strokes: lines thicken, break or turn into another digit. The further from the noise it knows, the worse.',
    ],
    formulas: [
      String.raw`\hat{x} = D_\theta(x + \sigma\,\epsilon)`,
      String.raw`\sigma \in \{0,\,0.2,\,0.4,\,0.5,\,0.6,\,0.8,\,1\}`,
    ],
  },
  '2.1': {
    text: [
      'From pure noise no network finds a digit in one step: all digits are equally likely, so the best answer is their average, a blur. Diffusion takes many small steps instead. A noisy image $x_t$ holds a little more noise at each $t$ from 0, the clean digit, to $T$ = 300, nearly noise alone.',
      'One network serves all $t$, so it must be told which one it is looking at. $t/T$ passes through two small fully connected blocks, and what they give is added to the feature maps on the way up, one number for each channel.',
    ],
    formulas: [NOISED, String.raw`\bar\alpha_t = \prod_{s=1}^{t}(1-\beta_s)`],
  },
  '2.2': {
    text: [
      'The network now predicts the noise $\\epsilon$ rather than the digit. Knowing one is knowing the other, since $x_t$ is a known mixture of both; but the noise always has the same size, whatever $t$ is, and that makes a steady target.',
      'Each digit of a batch gets a $t$ of its own. Little noise is the hard end: when there is hardly any, it is hard to tell from the strokes, so most of the loss comes from small $t$.',
    ],
    formulas: [String.raw`L = \mathbb{E}_{x_0,\epsilon,t}\,\lVert \epsilon_\theta(x_t, t) - \epsilon \rVert^2`, NOISED],
    algorithm: {
      title: 'One training step',
      steps: [
        'Take a batch of clean digits $x_0$.',
        String.raw`Draw a $t$ from 1 … $T$ for each digit, and noise $\epsilon$ for each pixel.`,
        `Mix them: $${NOISED}$.`,
        String.raw`Ask the network for the noise, $\hat\epsilon = \epsilon_\theta(x_t, t/T)$, and take the mean of $(\hat\epsilon - \epsilon)^2$.`,
        'Move the weights by one step of Adam. After each epoch the learning rate shrinks, to a tenth over the run.',
      ],
      note: 'A frequent mistake is one t for the whole batch: the loss then stays near 0.4.',
    },
  },
  '2.3': {
    text: [
      'Start from pure noise and walk back from $t$ = 300 to 0. At each step the network says what noise it sees, which gives a guess at the finished digit, $\\hat{x}_0$. The first guesses are blurs. So the step goes only a little of the way there, and adds a bit of fresh noise, which leaves the picture just as noisy as the network expects of the next $t$.',
    ],
    formulas: [TO_X0, STEP],
    algorithm: {
      title: 'From noise to digit',
      steps: [
        String.raw`Draw $x_T \sim \mathcal{N}(0, I)$.`,
        String.raw`For $t$ = $T$ … 1: ask for $\epsilon = \epsilon_\theta(x_t, t/T)$ and form $\hat{x}_0$.`,
        String.raw`Draw $z \sim \mathcal{N}(0, I)$, but $z = 0$ at the last step, and go to $x_{t-1}$.`,
        'The picture is $x_0$.',
      ],
      note: 'All weights come from the schedule: β, α and ᾱ are known before the first step.',
    },
  },
  '2.4': {
    text: [
      'To ask for a certain digit, the network is told its class as well, as a vector $c$ of ten numbers with a single 1. It passes through two more small blocks, and what they give multiplies the feature maps before the time is added.',
      'For one digit in ten the class is hidden: $c$ is all zeros. So one network learns both, to denoise a digit that it knows and one that it doesn’t, and the next part plays the two against each other.',
    ],
    formulas: [
      String.raw`u \leftarrow c_1 \odot u + t_1,\qquad p \leftarrow c_2 \odot p + t_2`,
      String.raw`L = \mathbb{E}\,\lVert \epsilon_\theta(x_t, t, c) - \epsilon \rVert^2`,
    ],
    algorithm: {
      title: 'One training step',
      steps: [
        'Take a batch of clean digits $x_0$ with their classes, each as a vector $c$.',
        'Set each $c$ to zero with probability 0.1.',
        String.raw`Draw $t$ and $\epsilon$ and mix $x_t$, as without a class.`,
        String.raw`Take the mean of $(\epsilon_\theta(x_t, t/T, c) - \epsilon)^2$, and one step of Adam.`,
      ],
    },
  },
  '2.5': {
    text: [
      'Asked with and without the class, the network gives two answers. Their difference is what the class means for this picture, and guidance goes further in that direction than the network itself would: $\\gamma$ = 1 is its plain answer with the class, 0 the one without.',
      'At $\\gamma$ = 5 almost every sample is clearly the digit that was asked for. The price is variety: samples of one digit look more alike. Go much higher and strokes get harsh.',
    ],
    formulas: [
      String.raw`\epsilon = \epsilon_u + \gamma\,(\epsilon_c - \epsilon_u)`,
      String.raw`\epsilon_u = \epsilon_\theta(x_t, t, 0),\quad \epsilon_c = \epsilon_\theta(x_t, t, c)`,
    ],
    algorithm: {
      title: 'From noise to the digit that was asked for',
      steps: [
        String.raw`Draw $x_T \sim \mathcal{N}(0, I)$.`,
        String.raw`For $t$ = $T$ … 1: ask twice, for $\epsilon_u$ and $\epsilon_c$, and combine them to $\epsilon$.`,
        String.raw`Form $\hat{x}_0$ and go to $x_{t-1}$, as without guidance.`,
        'The picture is $x_0$.',
      ],
    },
  },
  gifs: {
    text: [
      'The same steps as a film: forty pictures of noise turn into forty digits. It shows when things are decided. Early steps settle where ink is and what it will be; the late ones only clean up.',
    ],
    formulas: [String.raw`x_T \to x_{T-1} \to \dots \to x_0`],
  },
  flow: {
    text: [
      'Rectified flow joins each digit to its noise by a straight line and lets the network learn the direction of travel. Where lines of many digits cross, it learns their mean direction, and the paths that follow it bend; still they are straight enough for a few dozen steps in place of three hundred.',
      'Only two things change against DDPM: how a picture is mixed, and how a step is taken. Later editions of the course ask for this in place of part 2.',
    ],
    formulas: [
      String.raw`x_t = (1-t)\,x_0 + t\,\epsilon,\quad t \sim \mathcal{U}(0, 1)`,
      String.raw`L = \mathbb{E}\,\lVert v_\theta(x_t, t) - (\epsilon - x_0) \rVert^2`,
    ],
    algorithm: {
      title: 'From noise to digit',
      steps: [
        String.raw`Draw $x_1 \sim \mathcal{N}(0, I)$.`,
        String.raw`For $n$ equal steps, from $t$ = 1 down: $x \leftarrow x - \frac{1}{n}\,v_\theta(x, t)$.`,
        'The picture is where $t$ = 0.',
      ],
    },
  },
  improved: {
    text: [
      'The assigned UNet spends three quarters of its work at full size, where neighbouring pixels are compared, and hears of time and class only behind its encoder. This one moves the work to 14 and 7 pixels, where a convolution costs a quarter and a sixteenth, into residual blocks: what comes in is added to what they make of it. And each of them is told the time and the class.',
      'It is this project’s own and no deliverable. A step costs about as much as one of the assigned network, and it fits a little better.',
    ],
    formulas: [
      String.raw`r(x) = \mathrm{GELU}\big(x + \mathrm{Conv}(\mathrm{GELU}(\mathrm{Conv}(x) + W e))\big)`,
      String.raw`e = \mathrm{GELU}\big(W'\,\mathrm{GELU}(w_t\,t/T + W_c\,c)\big)`,
    ],
  },
};
