//! Drawing one storey: outlines and names, what is in the way, signs, ways, exits, refuges.
//!
//! Every state is colour *and* word *and* pattern. Korean first, English beside it. It is legible
//! at 1200 px, prints in black and white, and holds no script.

use std::fmt::Write as _;

use super::evacuation::Look;
use crate::domain::{Point, Show, Sign, Storey, Zone, ZoneId, ZoneKind};
use crate::evacuate::{Goal, Margin, Movement, Outlook, Plan, Route, middle};

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 40.0;
const HEAD: f64 = 84.0;
const LEGEND: f64 = 96.0;

const DEFS: &str = r##"<defs>
<pattern id="danger" width="14" height="14" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><rect width="14" height="14" fill="#ffd6d1"/>
<rect width="5" height="14" fill="#d92c1a"/></pattern>
<pattern id="unknown" width="10" height="10" patternUnits="userSpaceOnUse"
 patternTransform="rotate(-45)"><rect width="10" height="10" fill="#ececec"/>
<rect width="2" height="10" fill="#8a8a8a"/></pattern>
<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"
 orient="auto"><path d="M0 0L10 5L0 10z" fill="#0a7a3c"/></marker>
<marker id="tip-refuge" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"
 orient="auto"><path d="M0 0L10 5L0 10z" fill="#b45f00"/></marker>
</defs>
<style>text{font-family:'Noto Sans KR','Noto Sans CJK KR',sans-serif;fill:#1c1c1c}
.name,.id{text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}
.name{font-size:18px}.id{font-size:12px;fill:#555}
.state{font-size:20px;font-weight:700;text-anchor:middle;paint-order:stroke;stroke:#fff;
stroke-width:4px}.sign{font-size:14px;font-weight:700;text-anchor:middle;paint-order:stroke;
stroke:#fff;stroke-width:3px}.exit{font-size:13px;font-weight:700;text-anchor:middle;fill:#fff}
</style>
"##;

/// From metres on the plan to the picture.
struct Scale {
    left: f64,
    top: f64,
    factor: f64,
    height: f64,
}

impl Scale {
    fn of<'z>(zones: impl Iterator<Item = &'z Zone>) -> Option<Self> {
        let corners: Vec<Point> = zones.flat_map(|zone| zone.polygon.iter().copied()).collect();
        let least = |of: fn(&Point) -> f64| corners.iter().map(of).reduce(f64::min);
        let most = |of: fn(&Point) -> f64| corners.iter().map(of).reduce(f64::max);
        let (left, right) = (least(|corner| corner.x)?, most(|corner| corner.x)?);
        let (bottom, top) = (least(|corner| corner.y)?, most(|corner| corner.y)?);
        let factor = (WIDTH - 2.0 * MARGIN) / (right - left).max(1.0);
        Some(Self { left, top, factor, height: (top - bottom) * factor })
    }

    fn place(&self, at: Point) -> (f64, f64) {
        (MARGIN + (at.x - self.left) * self.factor, HEAD + (self.top - at.y) * self.factor)
    }
}

/// Draws a storey; one that nobody drew is a sentence.
pub(super) fn draw(look: &Look, storey: &Storey, from: Option<&ZoneId>) -> String {
    let site = look.network.site();
    let zones: Vec<&Zone> = site.zones.values().filter(|zone| zone.storey == storey.id).collect();
    let scale = Scale::of(zones.iter().copied());
    let height = HEAD + LEGEND + scale.as_ref().map_or(60.0, |scale| scale.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" lang=\"ko\">\n{DEFS}\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let plan = look.plan();
    let outlook = look.outlook(&plan);
    head(&mut svg, look, storey, &outlook);
    let Some(scale) = scale else {
        put(&mut svg, (MARGIN, HEAD + 30.0), "", "도면 없음 · nobody has drawn this storey");
        svg.push_str("</svg>\n");
        return svg;
    };
    for zone in &zones {
        outline(&mut svg, look, &scale, zone);
        heat(&mut svg, &plan, &outlook, &scale, zone);
    }
    doors(&mut svg, look, &scale, storey);
    for zone in &zones {
        way(&mut svg, look, &plan, &scale, zone);
    }
    if let Some(route) = from.and_then(|from| plan.route_from(from)) {
        chosen(&mut svg, look, &scale, (storey, &route));
    }
    for zone in &zones {
        words(&mut svg, look, &scale, zone);
        margin(&mut svg, look, &plan, &outlook, (&scale, zone));
    }
    for exit in &site.exits {
        let here = zones.iter().any(|zone| zone.id == exit.zone);
        if let Some(at) = exit.at.filter(|_| here) {
            badge(&mut svg, scale.place(at), "비상구 EXIT", "#0a7a3c");
        }
    }
    for sign in site.signs.values().filter(|sign| zones.iter().any(|zone| zone.id == sign.zone)) {
        lamp(&mut svg, look, &scale, sign);
    }
    legend(&mut svg, HEAD + scale.height + 30.0);
    svg.push_str("</svg>\n");
    svg
}

fn head(svg: &mut String, look: &Look, storey: &Storey, outlook: &Outlook) {
    let site = look.network.site();
    let building = site.buildings.get(&storey.building).map_or("", |of| of.name.as_str());
    let (level_ko, level_en) = match storey.level {
        level if level < 0 => (format!("지하 {}층", -level), format!("basement {}", -level)),
        level => (format!("{level}층"), format!("storey {level}")),
    };
    let title = format!("{} {building} {level_ko} · {level_en}", site.name);
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"38\" font-size=\"26\" font-weight=\"700\">{}</text>",
        escaped(&title)
    );
    let (words, colour) = state(look);
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"66\" font-size=\"17\" style=\"fill:{colour}\">{words}</text>"
    );
    if look.guiding && look.hazards.asks.policy.leads_out() {
        let [clears, bound] = [outlook.clearing_ms, outlook.bound_ms].map(|ms| ms.div_ceil(1000));
        let words = format!(
            "전원 대피 {clears}초 · all are out in {clears} s　하한 {bound}초 · no signs beat {bound} s"
        );
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"66\" font-size=\"17\" text-anchor=\"end\">{words}</text>",
            WIDTH - MARGIN
        );
    }
}

/// What is asked of everyone, in words and with a colour.
fn state(look: &Look) -> (&'static str, &'static str) {
    let asks = &look.hazards.asks;
    match (look.guiding, asks.policy.movement) {
        (false, _) if look.hazards.is_empty() => ("○ 평상시 · nothing is wrong", "#0a7a3c"),
        (false, _) => ("◐ 일부 확인 불가 · some zones cannot be seen", "#666"),
        (true, Movement::Hold) if !asks.contradictions.is_empty() => (
            "■ 상충: 사람이 결정할 때까지 대기 · a person has to decide, everyone holds",
            "#b01f10",
        ),
        (true, Movement::Hold) => ("■ 모두 그 자리에서 대기 · everyone holds", "#b01f10"),
        (true, Movement::Shelter) => ("■ 실내 대기 · everyone stays inside", "#b01f10"),
        (true, Movement::Free | Movement::Go) if !asks.policy.leads_out() => {
            ("● 건물 안에서 대피 안내 중 · people are being led to safety inside", "#b01f10")
        }
        (true, Movement::Free | Movement::Go) => {
            ("● 대피 안내 중 · people are being led out", "#b01f10")
        }
    }
}

/// How many wait in a zone before they can go on: the more, the deeper its tint.
fn heat(svg: &mut String, plan: &Plan<'_>, outlook: &Outlook, scale: &Scale, zone: &Zone) {
    let peak = plan.queue(outlook, &zone.id).peak.round();
    if peak < QUEUE_SHOWN || zone.polygon.is_empty() {
        return;
    }
    let mut points = String::new();
    for corner in &zone.polygon {
        let (x, y) = scale.place(*corner);
        let _ = write!(points, "{x:.1},{y:.1} ");
    }
    let opacity = (peak / QUEUE_DEEPEST).min(1.0) * 0.5 + 0.1;
    let _ = writeln!(
        svg,
        "<polygon id=\"queue-{}\" points=\"{}\" fill=\"#d98a00\" fill-opacity=\"{opacity:.2}\">\
         <title>대기 {peak}명 · {peak} people wait here</title></polygon>",
        zone.id,
        points.trim_end()
    );
}

/// A queue of fewer is none; of more than the other it looks no worse.
const QUEUE_SHOWN: f64 = 3.0;
const QUEUE_DEEPEST: f64 = 60.0;

/// The way of one zone, as far as it lies on this storey.
fn chosen(svg: &mut String, look: &Look, scale: &Scale, (storey, route): (&Storey, &Route)) {
    let site = look.network.site();
    let here = |zone: &&ZoneId| site.zones.get(*zone).is_some_and(|of| of.storey == storey.id);
    let mut points = String::new();
    for at in route.zones.iter().filter(here).filter_map(|zone| middle(site, zone)) {
        let (x, y) = scale.place(at);
        let _ = write!(points, "{x:.1},{y:.1} ");
    }
    let _ = writeln!(
        svg,
        "<polyline id=\"route-{}\" points=\"{}\" fill=\"none\" stroke=\"#1257a8\" \
         stroke-width=\"7\" stroke-opacity=\"0.7\" stroke-linejoin=\"round\">\
         <title>{}</title></polyline>",
        route.from,
        points.trim_end(),
        escaped(&route.because)
    );
}

/// How long the people of a zone may still wait, where anything is expected to close.
fn margin(
    svg: &mut String,
    look: &Look,
    plan: &Plan<'_>,
    outlook: &Outlook,
    (scale, zone): (&Scale, &Zone),
) {
    let words = match plan.margin(outlook, &zone.id) {
        Margin::Left(ms) if ms < 0 => "여유 없음 no margin".to_owned(),
        Margin::Left(ms) => format!("여유 {0}초 margin {0} s", ms / 1000),
        Margin::Unknown => "여유 알 수 없음 margin unknown".to_owned(),
        Margin::Unlimited | Margin::NoWay => return,
    };
    let Some(at) = middle(look.network.site(), &zone.id) else { return };
    let (x, y) = scale.place(at);
    put(svg, (x, y + 34.0), "id", &words);
}

fn outline(svg: &mut String, look: &Look, scale: &Scale, zone: &Zone) {
    let mut points = String::new();
    for corner in &zone.polygon {
        let (x, y) = scale.place(*corner);
        let _ = write!(points, "{x:.1},{y:.1} ");
    }
    let closed = look.hazards.closed.get(&zone.id);
    let unknown = look.hazards.unknown.get(&zone.id);
    let fill = match (closed, unknown, zone.kind) {
        (Some(_), _, _) => "url(#danger)",
        (_, Some(_), _) => "url(#unknown)",
        (_, _, ZoneKind::Corridor | ZoneKind::Hall) => "#f7f3e6",
        (_, _, ZoneKind::Stairwell) => "#e2ebf7",
        (_, _, ZoneKind::Lift) => "#e6e6e6",
        (_, _, ZoneKind::Refuge) => "#dcf1de",
        _ => "#ffffff",
    };
    let because = closed.or(unknown).map(|because| format!(": {because}")).unwrap_or_default();
    let _ = writeln!(
        svg,
        "<polygon id=\"zone-{}\" points=\"{}\" fill=\"{fill}\" stroke=\"#4a4a4a\" \
         stroke-width=\"2\"><title>{}</title></polygon>",
        zone.id,
        points.trim_end(),
        escaped(&format!("{} ({}){because}", zone.name, zone.id))
    );
}

/// Gaps in the walls.
fn doors(svg: &mut String, look: &Look, scale: &Scale, storey: &Storey) {
    let site = look.network.site();
    let on = |zone| site.zones.get(zone).is_some_and(|zone| zone.storey == storey.id);
    for passage in site.passages.iter().filter(|passage| passage.between.iter().all(on)) {
        if let Some(at) = passage.at {
            let (x, y) = scale.place(at);
            let r = (passage.clear_width_m * scale.factor / 2.0).min(12.0);
            let _ = writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" fill=\"#fff\" \
                 stroke=\"#9a9a9a\" stroke-dasharray=\"2 2\"/>"
            );
        }
    }
}

/// An arrow from the middle of a zone to where people leave it.
fn way(svg: &mut String, look: &Look, plan: &Plan<'_>, scale: &Scale, zone: &Zone) {
    let (Some(from), Some(to)) = (middle(look.network.site(), &zone.id), plan.leaves_at(&zone.id))
    else {
        return;
    };
    let refuge = plan.route_from(&zone.id).is_some_and(|route| route.goal == Goal::Refuge);
    let (colour, tip) = if refuge { ("#b45f00", "tip-refuge") } else { ("#0a7a3c", "tip") };
    let ((x1, y1), (x2, y2)) = (scale.place(from), scale.place(to));
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" \
         stroke-width=\"2.5\" stroke-dasharray=\"7 4\" marker-end=\"url(#{tip})\"/>"
    );
}

fn words(svg: &mut String, look: &Look, scale: &Scale, zone: &Zone) {
    let Some(at) = middle(look.network.site(), &zone.id) else { return };
    let (x, y) = scale.place(at);
    // Small zones are full with their sign; their id is in the title.
    let small = matches!(zone.kind, ZoneKind::Corridor | ZoneKind::Stairwell | ZoneKind::Lift);
    let (lift, state) = if small { (24.0, 7.0) } else { (0.0, -24.0) };
    put(svg, (x, y + lift), "name", &zone.name);
    if !small {
        put(svg, (x, y + 16.0), "id", zone.id.as_str());
    }
    if look.hazards.closed.contains_key(&zone.id) {
        put(svg, (x, y + state), "state", "✕ 위험 DANGER");
    } else if look.hazards.unknown.contains_key(&zone.id) {
        put(svg, (x, y + state), "state", "? 확인 불가 UNKNOWN");
    } else if zone.kind == ZoneKind::Refuge {
        put(svg, (x, y + state), "state", "◆ 대피 대기 REFUGE");
    }
}

/// A sign: its arrow points where it sends people on this plan.
fn lamp(svg: &mut String, look: &Look, scale: &Scale, sign: &Sign) {
    let displayed = look.displayed(sign);
    let (x, y) = scale.place(sign.at);
    let (turn, words) = match displayed.show {
        Show::Left => (Some(270.0), "왼쪽 left"),
        Show::Right => (Some(90.0), "오른쪽 right"),
        Show::Ahead => (Some(0.0), "직진 ahead"),
        Show::Up => (None, "▲ 위로 up"),
        Show::Down => (None, "▼ 아래로 down"),
        Show::Stop => (None, "■ 정지 stop"),
        Show::Stay => (None, "● 대기 stay"),
        Show::Refuge => (None, "◆ 대피실 refuge"),
    };
    let colour = match displayed.show {
        Show::Stop => "#b01f10",
        Show::Stay | Show::Refuge => "#b45f00",
        _ => "#0a7a3c",
    };
    let edge = if displayed.confirmed || !look.guiding { "" } else { " stroke-dasharray=\"4 3\"" };
    let _ = write!(
        svg,
        "<g id=\"{}\"><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"28\" height=\"28\" \
         rx=\"6\" fill=\"{colour}\" stroke=\"#000\" stroke-width=\"1.5\"{edge}/>",
        sign.id,
        escaped(&format!("{}: {}", sign.id, displayed.show.as_str())),
        x - 14.0,
        y - 14.0
    );
    match turn {
        Some(turn) => {
            let bearing = (sign.facing_deg + turn).rem_euclid(360.0);
            let _ = write!(
                svg,
                "<path d=\"M0 -10L8 1H3V10H-3V1H-8z\" fill=\"#fff\" \
                 transform=\"translate({x:.1} {y:.1}) rotate({bearing:.0})\"/>"
            );
        }
        None => {
            let glyph: String = words.chars().take(1).collect();
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" class=\"exit\">{glyph}</text>",
                y + 5.0
            );
        }
    }
    let words = words.trim_start_matches(|c: char| "▲▼■●◆ ".contains(c));
    put(svg, (x.clamp(46.0, WIDTH - 46.0), y + 28.0), "sign", words);
    svg.push_str("</g>\n");
}

fn badge(svg: &mut String, (x, y): (f64, f64), words: &str, colour: &str) {
    let x = x.clamp(52.0, WIDTH - 52.0);
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"96\" height=\"22\" rx=\"4\" fill=\"{colour}\"/>",
        x - 48.0,
        y - 32.0
    );
    put(svg, (x, y - 16.0), "exit", words);
}

fn legend(svg: &mut String, y: f64) {
    let boxes = [
        ("url(#danger)", "위험: 들어가지 않음 · danger, closed"),
        ("url(#unknown)", "확인 불가 · unknown, no sensor speaks"),
        ("#dcf1de", "대피 대기 공간 · refuge"),
        ("#e2ebf7", "계단실 · stairs"),
    ];
    for (n, (fill, words)) in (0_u8..).zip(boxes) {
        let x = MARGIN + f64::from(n) * 285.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y:.0}\" width=\"26\" height=\"18\" fill=\"{fill}\" \
             stroke=\"#4a4a4a\"/><text x=\"{}\" y=\"{:.0}\" font-size=\"13\">{words}</text>",
            x + 34.0,
            y + 14.0
        );
    }
    let words = "초록 화살표: 나가는 길 · green arrow: the way out　주황: 대피 대기 공간으로 · \
                 orange: to the refuge　점선 표지: 응답 없음 · dashed sign: not confirmed";
    let _ =
        writeln!(svg, "<text x=\"{MARGIN}\" y=\"{:.0}\" font-size=\"13\">{words}</text>", y + 44.0);
}

fn put(svg: &mut String, (x, y): (f64, f64), class: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{words}</text>");
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
