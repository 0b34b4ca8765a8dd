"""The published weight maps that empatune knows: a literal list, nothing computed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

NOT_RECORDED = "not recorded"
"""Where none of our sources told: ask the paper."""

_UPSTREAM = "canlab/Neuroimaging_Pattern_Masks: Multivariate_signature_patterns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known about one published map.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    file : str
        Its file name.
    summary : str
        One line: what it reads.
    citation : str
        The paper that published it.
    doi : str
        Its identifier.
    sha256 : str
        Checksum of the file.
    positive : str
        What a higher response means.
    home : str
        Where it is published: repository and folder.
    sample : str
        On whom it was trained, or `NOT_RECORDED`.
    off_target : str
        What else it answers to, or was seen not to answer to, or `NOT_RECORDED`.
    digest : str
        Checksum of shape, affine and voxels in single precision, see `voxel_digest`, for a map that
        is published as ``.nii``, so that a copy saved as ``.nii.gz`` is the same map; else empty.
    """

    name: str
    file: str
    summary: str
    citation: str
    doi: str
    sha256: str
    positive: str
    home: str
    sample: str
    off_target: str
    digest: str = ""

    @property
    def upstream(self) -> str:
        """The file's path in the public repository."""
        folder = self.home.split(": ")[1]
        return f"{folder}/{self.file.removesuffix('.gz') if self.digest else self.file}"


# Where samples and off-target answers were read: full text (VPS, Zhou et al.); abstract (PINES,
# rejection, guilt, and pain-pdm in its preprint, doi 10.1101/298927); abstract and publisher's news
# (care, distress; threat: eurekalert.org, 2018-11-21); the description of the repository's folder
# (SIIPS1). Correlations of care with distress and of VPS with PINES: computed from the maps.
_ENTRIES = (
    Entry(
        name="care",
        file="Ashar_2017_empathic_care_marker.nii.gz",
        summary="Empathic care for the person in a true story of suffering",
        citation="Ashar, Andrews-Hanna, Dimidjian & Wager 2017, Neuron 94:1263",
        doi="10.1016/j.neuron.2017.05.014",
        sha256="bdf8f6d1ef2c7fce20b060330eaf766cd0e5f746cc3259a244a21d3e34fffc35",
        positive="more care",
        home=f"{_UPSTREAM}/2017_Ashar_care_distress",
        sample="66 adults who heard true biographies of suffering",
        off_target="distress (its map correlates .215 with this one over voxels)",
    ),
    Entry(
        name="distress",
        file="Ashar_2017_empathic_distress_marker.nii.gz",
        summary="Empathic distress at a true story of suffering",
        citation="Ashar, Andrews-Hanna, Dimidjian & Wager 2017, Neuron 94:1263",
        doi="10.1016/j.neuron.2017.05.014",
        sha256="456a4d0f9c5e32245420354204a782a5cb5629d8c06a6a84e503e8499d65e998",
        positive="more distress",
        home=f"{_UPSTREAM}/2017_Ashar_care_distress",
        sample="66 adults who heard true biographies of suffering",
        off_target="care (its map correlates .215 with this one over voxels)",
    ),
    Entry(
        name="vps",
        file="bmrk4_VPS_unthresholded.nii.gz",
        summary="Vicarious pain from pictures of injured hands and feet (VPS)",
        citation="Krishnan et al. 2016, eLife 5:e15166",
        doi="10.7554/eLife.15166",
        sha256="d6bc1704861d6c4ca5df7c543d042da6ec7b33be3f47b54d158a70870b72d66a",
        positive="more vicarious pain",
        home=f"{_UPSTREAM}/2016_Krishnan_eLife_VPS",
        sample="30 adults who saw pictures of injured hands and feet",
        off_target="own pain from heat: 64 % in forced choice, not significant",
    ),
    Entry(
        name="vps-no-occipital",
        file="Krishnan_2016_VPS_bmrk4_Without_Occipital_Lobe.nii.gz",
        summary="Vicarious pain (VPS) trained without the occipital lobe",
        citation="Krishnan et al. 2016, eLife 5:e15166",
        doi="10.7554/eLife.15166",
        sha256="386c195c0c68e0be182d58a8f219d9967432ada7f388ab6b1023bff8b535e6ad",
        positive="more vicarious pain",
        home=f"{_UPSTREAM}/2016_Krishnan_eLife_VPS",
        sample="30 adults who saw pictures of injured hands and feet",
        off_target="own pain from heat: 64 % in forced choice, not significant",
    ),
    Entry(
        name="general-vicarious-pain",
        file="General_vicarious_pain_pattern_unthresholded.nii.gz",
        summary="Vicarious pain, whether from limbs or from faces",
        citation="Zhou et al. 2020, eLife 9:e56929",
        doi="10.7554/eLife.56929",
        sha256="e9bf655c07ed929031480550dd6c54740e9dbeede760c1e95036a37c85891b4b",
        positive="more vicarious pain",
        home=f"{_UPSTREAM}/2020_Zhou_general_vicarious_pain",
        sample="238 adults who saw noxious stimulation of limbs and faces in pain",
        off_target="own thermal pain, high against low: 94 %; negative against neutral pictures: 59 % (d .30)",
        digest="510655a282ad0016eae1a9bc6f256686f1e4fcde5dbb707225138cdfe220ca38",
    ),
    Entry(
        name="ns-vicarious-pain",
        file="NS_vicarious_pain_pattern_unthresholded.nii.gz",
        summary="Vicarious pain from noxious stimulation of limbs",
        citation="Zhou et al. 2020, eLife 9:e56929",
        doi="10.7554/eLife.56929",
        sha256="c7a1293f0f4bfb85d9e39934437c7b1b7d7de26b65569ef181b1b6b4cf0d016d",
        positive="more vicarious pain",
        home=f"{_UPSTREAM}/2020_Zhou_general_vicarious_pain",
        sample="238 adults who saw noxious stimulation of limbs",
        off_target="faces in pain: 69 % (d .65); negative against neutral pictures: 58 % (d .34)",
        digest="4941f73bb8cac6f8da1ae9c5862880f2a1e1d2eccb7d7ff20c1395f88cf5fb67",
    ),
    Entry(
        name="fe-vicarious-pain",
        file="FE_vicarious_pain_pattern_unthresholded.nii.gz",
        summary="Vicarious pain from facial expressions",
        citation="Zhou et al. 2020, eLife 9:e56929",
        doi="10.7554/eLife.56929",
        sha256="841d6005319b292902fbee52b249f9cc858df32ef9173321f743cdb6055cd380",
        positive="more vicarious pain",
        home=f"{_UPSTREAM}/2020_Zhou_general_vicarious_pain",
        sample="238 adults who saw faces in pain",
        off_target="noxious stimulation of limbs: 78 % (d 1.00); negative against neutral pictures: 61 % (d .42)",
        digest="978475d830fca9c33acf62eca979532f4be36419245a866ee90d28a480e1f74d",
    ),
    Entry(
        name="pines",
        file="Rating_Weights_LOSO_2.nii.gz",
        summary="Negative emotion from pictures (PINES)",
        citation="Chang, Gianaros, Manuck, Krishnan & Wager 2015, PLoS Biology 13:e1002180",
        doi="10.1371/journal.pbio.1002180",
        sha256="2a0b99a8f93446f6d9ae9871c3032ab9b24ba68fbb0e445ef2aae640ecebabd5",
        positive="more negative emotion",
        home=f"{_UPSTREAM}/2015_Chang_PLoSBiology_PINES",
        sample="121 adults who rated aversive pictures; tested on 61 others",
        off_target="own pain: told apart from it with 92 % accuracy; vicarious pain: the maps of PINES and VPS correlate .03 over voxels",
    ),
    Entry(
        name="siips1",
        file="nonnoc_v11_4_137subjmap_weighted_mean.nii.gz",
        summary="Own pain beyond nociceptive input (SIIPS1)",
        citation="Woo et al. 2017, Nature Communications 8:14211",
        doi="10.1038/ncomms14211",
        sha256="da9992717887ed3ec038d3f87887a7f3d061384f382855dc717e6fafbc70198c",
        positive="more pain than the stimulus explains",
        home=f"{_UPSTREAM}/2017_Woo_SIIPS1",
        sample="137 adults in 4 studies of own pain; tested on 46 in 2 other studies",
        off_target=NOT_RECORDED,
    ),
    Entry(
        name="pain-pdm",
        file="Geuter_2020_cPDM_combined_pain_map.nii.gz",
        summary="Own pain by multivariate mediation of stimulus and rating",
        citation="Geuter et al. 2020, Cerebral Cortex 30:4204",
        doi="10.1093/cercor/bhaa048",
        sha256="eadac51d6b41f98ac253a878af1e2e1a42cac0525545d7c43ffd66e86c500530",
        positive="more pain",
        home=f"{_UPSTREAM}/2020_Geuter_pain_multivariate_mediation_PDM",
        sample="284 adults in studies of own pain",
        off_target="aversive sounds: mediators are reported as specific for pain against them",
    ),
    Entry(
        name="threat",
        file="IE_ImEx_Acq_Threat_SVM_nothresh.nii.gz",
        summary="Learned threat: a conditioned tone against a safe one",
        citation="Reddan, Wager & Schiller 2018, Neuron 100:994",
        doi="10.1016/j.neuron.2018.10.047",
        sha256="d51bb6435c9270719e669374aa5bd687cbe1b4f3de542badb398aca791c7d094",
        positive="threat rather than safety",
        home=f"{_UPSTREAM}/2018_Reddan_Threat_Conditioning_ImEx",
        sample="68 adults who learned that a tone announces a shock",
        off_target=NOT_RECORDED,
    ),
    Entry(
        name="rejection",
        file="dpsp_rejection_vs_others_weights_final.nii.gz",
        summary="Romantic rejection: a former partner's picture against the other conditions",
        citation="Woo et al. 2014, Nature Communications 5:5380",
        doi="10.1038/ncomms6380",
        sha256="7fcacfb49601ef7c2dee7ae144bc3bd7bb30827b656ff83c9697715551f0f7e4",
        positive="rejection rather than the other conditions",
        home=f"{_UPSTREAM}/2015_Woo_NatureComms_Rejection",
        sample="60 adults who saw pictures of former partners and of friends, and felt heat and warmth",
        off_target="own pain: at chance; vicarious pain: the maps of rejection and VPS correlate -.03 over voxels",
        digest="e8bc067aeb32842e5c098febbd45be81fb536552066cf574a5a61c6421bd9203",
    ),
    Entry(
        name="guilt",
        file="Yu_guilt_SVM_sxpo_sxpx_EmotionForwardmask.nii.gz",
        summary="Interpersonal guilt at having hurt another, against a matched control",
        citation="Yu et al. 2020, Cerebral Cortex 30:3558",
        doi="10.1093/cercor/bhz326",
        sha256="f44a9f926924a1670041532d3c9f49c92e1159e6f10c5abcbc27dfbb076fee79",
        positive="more guilt",
        home=f"{_UPSTREAM}/2019_Yu_Koban_Guilt",
        sample="24 adults who hurt another in an interpersonal game; tested on 19 others",
        off_target="observed pain, own pain and recalled guilt: no response",
    ),
)

CATALOGUE = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""Every published map by its name."""
